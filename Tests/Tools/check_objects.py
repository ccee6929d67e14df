#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Martlet: holds objects of Kubernetes against the schemas of its versions, and custom ones against those of their definitions.
#
# check_objects.py FOLDER-OF-DEFINITIONS|- KUBERNETES... -- FILE...
# A file's first line is "# kubernetes: VERSION": older versions than this one don't count. Each fault is a line; the last says how many
# objects were held against how many schemas.

import functools
import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml

# Definitions that we don't write objects of by chance.
CUSTOM = (
    "argoproj.io", "autoscaling.k8s.io", "external-secrets.io", "gateway.networking.k8s.io", "keda.sh", "monitoring.coreos.com",
    "networking.istio.io", "security.istio.io",
)


def number(version):
    return [int(part) for part in version.split(".")[:2]]


@functools.cache
def definition(folder, group, kind, version):
    path = pathlib.Path(folder) / group / f"{kind}_{version}.json"
    schema = json.loads(path.read_text()) if path.is_file() else None
    return schema and jsonschema.validators.validator_for(schema)(schema)


def faults(thing, folder, versions, least):
    group, _, version = thing["apiVersion"].rpartition("/")
    if group in CUSTOM:
        if folder == "-":
            return
        found = definition(folder, group, thing["kind"].lower(), version)
        if found is None:
            yield "-", "there is no such definition"
        else:
            yield from (("-", f"{'/'.join(map(str, error.absolute_path))}: {error.message}") for error in found.iter_errors(thing))
        yield "counted", ""
        return
    for kubernetes in versions:
        if number(kubernetes) < least:
            continue
        yield "counted", ""
        try:
            kubernetes_validate.validate(thing, kubernetes, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield kubernetes, f"{'/'.join(map(str, error.path))}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield kubernetes, str(error)


def main():
    folder, *versions = sys.argv[1 : sys.argv.index("--")]
    seen, count = set(), 0
    for file in sys.argv[sys.argv.index("--") + 1 :]:
        text = pathlib.Path(file).read_text()
        least = number(text.partition("\n")[0].rpartition(" ")[2])
        for thing in yaml.load_all(text, Loader=yaml.CSafeLoader):
            known = thing and (json.dumps(thing, sort_keys=True), tuple(least))
            if not thing or known in seen:
                continue
            seen.add(known)
            for kubernetes, fault in faults(thing, folder, versions, least):
                if kubernetes == "counted":
                    count += 1
                else:
                    print(f"{file}: {thing['kind']}/{thing['metadata']['name']} ({kubernetes}): {fault[:300]}")
    print(f"{len(seen)} objects, {count} schemas")


if __name__ == "__main__":
    main()
