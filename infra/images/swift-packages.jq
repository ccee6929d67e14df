# SPDX-License-Identifier: Apache-2.0
# Martlet: lists the Swift packages of a build by its Package.resolved, as CycloneDX. They are linked into the programs, where no scanner
# finds them.
#
# jq --null-input --from-file swift-packages.jq Package.resolved
def source: .location | sub("^[a-z]+://"; "") | sub("^[^@/]+@"; "") | sub(":"; "/") | sub("[.]git$"; "");

def component:
    source as $name
    | (.state.version // .state.revision // error("\($name) has no version")) as $version
    | "pkg:swift/\($name)@\($version | @uri)" as $purl
    | {
        type: "library",
        "bom-ref": $purl,
        group: ($name | sub("/[^/]+$"; "")),
        name: ($name | sub("^.*/"; "")),
        version: $version,
        purl: $purl,
        externalReferences: [{type: "vcs", url: .location}]
    };

input
| if (.pins | length) == 0 then error("there are no packages") else . end
| {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {component: {type: "application", "bom-ref": "martlet", name: "martlet"}},
    components: [.pins | sort_by(.identity)[] | component]
}
