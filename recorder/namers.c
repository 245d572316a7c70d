// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * State of docker, containerd, podman, CRI-O and kubelet, as they keep it on a node.
 * Pods are NAMESPACE/POD/CONTAINER; what only holds a pod's namespaces is its POD.
 */
#include "recorder/namers.h"

#include <stddef.h>

#define AT(place) "json_extract(?1, '$." place "')"
#define POD(namespace, pod, container) \
	AT(namespace) " || '/' || " AT(pod) " || '/' || ifnull(" AT(container) ", 'POD')"

#define CONTAINERD \
	"SELECT coalesce(" POD("annotations.\"io.kubernetes.cri.sandbox-namespace\"", \
			       "annotations.\"io.kubernetes.cri.sandbox-name\"", \
			       "annotations.\"io.kubernetes.cri.container-name\"") \
	", " AT("annotations.\"nerdctl/name\"") "), " AT("annotations.\"io.kubernetes.cri.image-name\"")

/* Container storage has all containers in one file; the image's name is in a text that is JSON again. */
#define STORAGE \
	"SELECT json_extract(value, '$.names[0]'), " \
	"CASE WHEN json_valid(json_extract(value, '$.metadata')) " \
	"THEN json_extract(json_extract(value, '$.metadata'), '$.\"image-name\"') END " \
	"FROM json_each(?1) WHERE json_extract(value, '$.id') = ?2"

const struct namer namers[] = {
	{ "/var/lib/docker/containers/%s/config.v2.json",
	  "SELECT coalesce(" POD("Config.Labels.\"io.kubernetes.pod.namespace\"",
				 "Config.Labels.\"io.kubernetes.pod.name\"",
				 "Config.Labels.\"io.kubernetes.container.name\"")
	  ", ltrim(" AT("Name") ", '/')), " AT("Config.Image") },
	/* the folder between is containerd's namespace: k8s.io, default */
	{ "/run/containerd/io.containerd.runtime.v2.task/*/%s/config.json", CONTAINERD },
	{ "/run/k3s/containerd/io.containerd.runtime.v2.task/*/%s/config.json", CONTAINERD },
	{ "/run/containers/storage/*-containers/%s/userdata/config.json",
	  "SELECT " POD("annotations.\"io.kubernetes.pod.namespace\"", "annotations.\"io.kubernetes.pod.name\"",
			"annotations.\"io.kubernetes.container.name\"") ", "
	  AT("annotations.\"io.kubernetes.cri-o.ImageName\"") },
	/* containers.json; those that go when they end (--rm) in volatile-containers.json, of a transient store in /run */
	{ "/var/lib/containers/storage/*-containers/*containers.json", STORAGE },
	{ "/run/containers/storage/*-containers/*containers.json", STORAGE },
	{ "/home/*/.local/share/containers/storage/*-containers/*containers.json", STORAGE },
	{ "/run/user/*/containers/*-containers/*containers.json", STORAGE },
	/* what kubelet keeps of a whole pod: NAMESPACE_POD_UID */
	{ "/var/log/pods/*_%s", NULL },
	{ NULL }
};
