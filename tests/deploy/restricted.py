"""Every pod of what kustomize rendered keeps to Kubernetes' `restricted` profile, with a root nobody writes to."""

import sys

import yaml

CONTAINER = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}

pods = 0
documents = [document for document in yaml.safe_load_all(open(sys.argv[1])) if document]
names = {(document["kind"], document["metadata"]["name"]) for document in documents}
for document in documents:
    pod = document.get("spec", {}).get("template", {}).get("spec")
    if not pod:
        continue
    pods += 1
    name = f"{document['kind']} {document['metadata']['name']}"
    security = pod["securityContext"]
    assert security["runAsNonRoot"] and security["runAsUser"] > 0, f"{name} runs as root"
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}, f"{name}: seccomp"
    assert pod["automountServiceAccountToken"] is False, f"{name} may ask Kubernetes"
    for container in pod.get("initContainers", []) + pod["containers"]:
        which = f"{name}, {container['name']}"
        assert container["securityContext"] == CONTAINER, f"{which}: {container['securityContext']}"
        assert container["resources"]["limits"]["memory"], f"{which}: no limit of memory"
        assert ":" in container["image"], f"{which}: an image of no version"
        for source in container.get("envFrom", []):
            assert ("ConfigMap", source["configMapRef"]["name"]) in names, f"{which}: {source} is not there"
    if document["kind"] == "Deployment":
        for container in pod["containers"]:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert container[probe]["httpGet"]["path"] in ("/healthz", "/readyz"), f"{name}: {probe}"
assert pods >= 3, f"{pods} pods: too few to be all"
