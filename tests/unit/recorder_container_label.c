// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of containers out of the state that runtimes keep, here in a folder of the
 * test's own. The files are what docker 20 and 24, containerd 1.6 and 1.7, podman 4 and
 * CRI-O 1.28 write, cut down to the lines that matter and a few beside them.
 */
#include "recorder/container_label.h"

#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UID "3b9a5a2e-7c1d-4e0f-9a8b-0123456789ab"

/* The folders of a path, then the file. */
static void write_state(const struct folder *root, const char *path, const char *text)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s%s", root->path, path);
	for (char *slash = whole + strlen(root->path) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(whole, 0700);
	}
	if (text)
		file_write(whole, text, strlen(text));
	else
		mkdir(whole, 0700);
}

static void remove_all(const struct folder *root)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", root->path);
	assert_int_equal(system(command), 0);
}

/* State of one runtime: who is called what. */
static const struct {
	const char *file, *text;	/* text NULL = a folder */
	const char *path, *name, *image;	/* name NULL = nobody knows it */
} cases[] = {
	{ "/var/lib/docker/containers/" ID "/config.v2.json",
	  "{\"ID\":\"" ID "\",\"Config\":{\"Image\":\"nginx:1.25\",\"Labels\":{\"com.docker.compose.service\":\"web\"}},"
	  "\"Name\":\"/shop-web-1\"}",
	  "/system.slice/docker-" ID ".scope", "shop-web-1", "nginx:1.25" },
	/* with cgroupfs in place of systemd, and a container that has containers */
	{ "/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/web\",\"Config\":{\"Image\":\"nginx\"}}",
	  "/docker/" ID "/init.scope", "web/init.scope", "nginx" },
	/* docker under kubelet */
	{ "/var/lib/docker/containers/" ID "/config.v2.json",
	  "{\"Name\":\"/k8s_web_cart\",\"Config\":{\"Image\":\"sha256:12\",\"Labels\":{"
	  "\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.pod.name\":\"cart-7f\","
	  "\"io.kubernetes.container.name\":\"web\"}}}",
	  "/kubepods/burstable/pod" UID "/" ID, "shop/cart-7f/web", "sha256:12" },
	{ "/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
	  "{\"ociVersion\":\"1.0.2\",\"annotations\":{\"io.kubernetes.cri.container-name\":\"web\","
	  "\"io.kubernetes.cri.container-type\":\"container\",\"io.kubernetes.cri.image-name\":\"docker.io/library/nginx:1\","
	  "\"io.kubernetes.cri.sandbox-name\":\"cart-7f\",\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}",
	  "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3b9a5a2e_7c1d_4e0f_9a8b_0123456789ab.slice/cri-containerd-"
	  ID ".scope", "shop/cart-7f/web", "docker.io/library/nginx:1" },
	{ "/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
	  "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\","
	  "\"io.kubernetes.cri.sandbox-name\":\"cart-7f\",\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}",
	  "/kubepods/burstable/pod" UID "/" ID, "shop/cart-7f/POD", NULL },
	{ "/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
	  "{\"annotations\":{\"nerdctl/name\":\"web\"}}", "/default/" ID, "web", NULL },
	{ "/run/containers/storage/overlay-containers/" ID "/userdata/config.json",
	  "{\"annotations\":{\"io.kubernetes.container.name\":\"web\",\"io.kubernetes.pod.name\":\"cart-7f\","
	  "\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.cri-o.ImageName\":\"quay.io/nginx:1\"}}",
	  "/kubepods.slice/crio-" ID ".scope", "shop/cart-7f/web", "quay.io/nginx:1" },
	{ "/var/lib/containers/storage/overlay-containers/containers.json",
	  "[{\"id\":\"ffff\",\"names\":[\"other\"]},{\"id\":\"" ID "\",\"names\":[\"web\"],\"image\":\"12\","
	  "\"metadata\":\"{\\\"image-name\\\":\\\"docker.io/library/nginx:1\\\",\\\"name\\\":\\\"web\\\"}\"}]",
	  "/machine.slice/libpod-" ID ".scope/container", "web/container", "docker.io/library/nginx:1" },
	{ "/home/ann/.local/share/containers/storage/overlay-containers/containers.json",
	  "[{\"id\":\"" ID "\",\"names\":[\"mine\"],\"metadata\":\"no JSON\"}]",
	  "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", "mine", NULL },
	/* podman with cgroupfs; of no image, but a folder (--rootfs) */
	{ "/var/lib/containers/storage/overlay-containers/containers.json",
	  "[{\"id\":\"" ID "\",\"names\":[\"web\"],\"image\":\"\",\"layer\":\"f223\",\"metadata\":\"{\\\"image-name\\\":\\\"\\\","
	  "\\\"image-id\\\":\\\"\\\",\\\"name\\\":\\\"web\\\",\\\"created-at\\\":1}\",\"flags\":{\"MountLabel\":\"\"}}]",
	  "/libpod_parent/libpod-" ID, "web", NULL },
	/* podman from 4.4 on, run with --rm; and with --transient-store, of root and of a user */
	{ "/var/lib/containers/storage/overlay-containers/volatile-containers.json",
	  "[{\"id\":\"" ID "\",\"names\":[\"brief\"]}]", "/machine.slice/libpod-" ID ".scope", "brief", NULL },
	{ "/run/containers/storage/overlay-containers/volatile-containers.json",
	  "[{\"id\":\"" ID "\",\"names\":[\"brief\"]}]", "/machine.slice/libpod-" ID ".scope", "brief", NULL },
	{ "/run/user/1000/containers/overlay-containers/volatile-containers.json",
	  "[{\"id\":\"" ID "\",\"names\":[\"brief\"]}]", "/user.slice/libpod-" ID ".scope", "brief", NULL },
	/* the whole pod: kubelet's folder of its logs */
	{ "/var/log/pods/shop_cart-7f_" UID, NULL,
	  "/kubepods.slice/kubepods-pod3b9a5a2e_7c1d_4e0f_9a8b_0123456789ab.slice", "shop/cart-7f", NULL },
	/* units of systemd, with what they made below themselves */
	{ "/x", "", "/system.slice/redis.service", NULL, NULL },
	{ "/x", "", "/system.slice/redis.service/workers/3", "redis.service/workers/3", NULL },
	{ "/x", "", "/user.slice/user-0.slice/user@0.service/app.slice/shell.scope/a", "shell.scope/a", NULL },
	/* what cannot be read, or is not what it should be, leaves the path */
	{ "/x", "", "/system.slice/docker-" ID ".scope", NULL, NULL },
	{ "/x", "", "/shop/web", NULL, NULL },
	{ "/x", "", "/", NULL, NULL },
	{ "/x", "", "", NULL, NULL },
	{ "/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/web", "/docker/" ID, NULL, NULL },
	{ "/var/lib/docker/containers/" ID "/config.v2.json", "", "/docker/" ID, NULL, NULL },
	{ "/var/lib/docker/containers/" ID "/config.v2.json", "[1,2]", "/docker/" ID, NULL, NULL },
	{ "/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":{\"a\":[]}}", "/docker/" ID, "{\"a\":[]}", NULL },
	/* one digit more, or one less, is no id */
	{ "/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/web\"}", "/docker/" ID "0", NULL, NULL },
};

static void names_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct container_label label;
		struct folder root;
		bool is_found;

		folder_make(&root);
		write_state(&root, cases[i].file, cases[i].text);
		is_found = container_label_of(root.path, cases[i].path, &label);
		assert_int_equal(is_found, cases[i].name != NULL);
		if (is_found)
			assert_string_equal(label.name, cases[i].name);
		if (cases[i].image)
			assert_string_equal(label.image, cases[i].image);
		else
			assert_null(label.image);
		container_label_release(&label);
		remove_all(&root);
	}
}

/* Docker's own state counts before that of the containerd below it. */
static void first_namer_counts(void **state)
{
	struct container_label label;
	struct folder root;

	(void)state;
	folder_make(&root);
	write_state(&root, "/run/containerd/io.containerd.runtime.v2.task/moby/" ID "/config.json",
		    "{\"annotations\":{\"nerdctl/name\":\"wrong\"}}");
	write_state(&root, "/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/right\"}");
	assert_true(container_label_of(root.path, "/docker/" ID, &label));
	assert_string_equal(label.name, "right");
	container_label_release(&label);
	remove_all(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(first_namer_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
