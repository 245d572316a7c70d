#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contrib/kubernetes: the manifests are what Kubernetes' API says a Job is, and their commands do what they are for.
 *
 * usage: kubernetes.mjs ROOT RECOUNT
 *
 * Values are checked by validators made from the API's schema, names of fields by its types, as the schema lets unknown ones through. The
 * commands run here, with a folder in the place of the volume; there is no cluster. Exit code 77 when setup/kubernetes/fetch has not run.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, recount] = process.argv.slice(2).map((name) => path.resolve(name));
const modules = path.join(root, 'setup/kubernetes/node_modules');

if (!fs.existsSync(path.join(modules, 'kubernetes-models')) || !fs.existsSync(path.join(modules, 'yaml'))) {
	console.log('skipped: no schema: setup/kubernetes/fetch fetches it');
	process.exit(77);
}
const load = (name) => import(pathToFileURL(path.join(modules, name)));
const { default: yaml } = await load('yaml/dist/index.js');
const { Job } = await load('kubernetes-models/batch/v1/Job.js');
let failures = 0;

function complain(text) {
	console.error('FAILED: ' + text);
	failures++;
}

/* Where a type is declared: the file whose import names it. */
function file_of(type, from) {
	const line = fs.readFileSync(from, 'utf8').match(new RegExp(`import \\{[^}]*\\b${type}\\b[^}]*\\} from "(.*)"`));

	if (!line)
		return null;
	return line[1].startsWith('.') ? path.resolve(path.dirname(from), line[1].replace(/\.js$/, '.d.ts')) : path.join(modules, line[1] + '.d.ts');
}

/* Fields of value that its type does not have: paths. */
function unknown_fields(value, declared, where) {
	const body = fs.readFileSync(declared, 'utf8').match(/export interface \w+[^{]*\{([\s\S]*?)\n\}/);
	const fields = new Map([...body[1].matchAll(/^    "(\w+)"\??: (.*)$/gm)].map((found) => [found[1], found[2]]));
	const unknown = [];

	for (const [name, inner] of Object.entries(value)) {
		const type = (fields.get(name) ?? '').match(/\bIIoK8s\w+/), next = type && file_of(type[0], declared);

		if (!fields.has(name))
			unknown.push(`${where}.${name}`);
		for (const one of next ? [inner].flat() : [])
			if (one && typeof one === 'object')
				unknown.push(...unknown_fields(one, next, `${where}.${name}`));
	}
	return unknown;
}

function problems(manifest) {
	try {
		new Job(manifest).validate();
	} catch (error) {
		return error.message;
	}
	return unknown_fields(manifest, path.join(modules, 'kubernetes-models/batch/v1/Job.d.ts'), 'job').join(', ');
}

/* The checks see what they are for. */
function check_checks(manifest) {
	const container = (job) => job.spec.template.spec.containers[0];
	const breaks = [
		(job) => { job.spec.completionMode = 'Index'; }, (job) => { job.spec.completion = 3; }, (job) => { container(job).comand = []; },
		(job) => { delete container(job).name; }, (job) => { container(job).volumeMounts[0].path = '/'; },
		(job) => { job.spec.template.spec.restart = 'Never'; }, (job) => { job.spec.template.spec.restartPolicy = 'Sometimes'; },
	];

	for (const one of breaks) {
		const broken = structuredClone(manifest);

		one(broken);
		if (!problems(broken))
			complain(`not noticed: ${one}`);
	}
}

function check_replay(manifest) {
	const rule = manifest.spec.podFailurePolicy.rules.find((one) => one.action === 'FailIndex');

	if (manifest.spec.completionMode !== 'Indexed' || manifest.spec.template.spec.restartPolicy !== 'Never')
		complain('replay.yaml: not an Indexed Job whose pods are not restarted, which its failure policy needs');
	if (rule.onExitCodes.containerName !== manifest.spec.template.spec.containers[0].name)
		complain('replay.yaml: its failure policy names another container');
}

/* Runs a manifest's command in the folder; gives its exit code. */
function run(manifest, folder, environment) {
	const { command, args } = manifest.spec.template.spec.containers[0];
	const done = spawnSync(command[0], [...command.slice(1), ...args], {
		cwd: folder, env: { PATH: `${folder}/bin:${process.env.PATH}`, ...environment }, encoding: 'utf8' });

	if (done.stderr)
		console.log(done.stderr);
	return done.status;
}

function run_both(replay, merge, folder) {
	const sizes = [10, 20, 30], alone = [];

	fs.mkdirSync(`${folder}/bin`);
	fs.symlinkSync(recount, `${folder}/bin/recount`);
	fs.mkdirSync(`${folder}/in put`);
	for (const size of sizes)
		fs.writeFileSync(`${folder}/in put/${size}`, `recount-ops 1\ncontainer web\ntask A in web\ntouch A 0..${size}\nexit A\n`);
	fs.writeFileSync(`${folder}/list`, sizes.map((size) => `in put/${size}`).join('\n'));
	for (const index of [2, 0, 1, 0])
		if (run(replay, folder, { JOB_COMPLETION_INDEX: String(index) }))
			complain(`replay.yaml: index ${index} fails`);
	if (run(merge, folder, {}))
		complain('merge.yaml fails');
	for (const size of sizes) {
		alone.push(`${folder}/in put_${size}.db`);
		spawnSync(recount, ['replay', '--limit', 'memory=64M..4G/x1.25', `${folder}/in put/${size}`, '-o', alone.at(-1)]);
	}
	spawnSync(recount, ['merge', ...alone, '-o', `${folder}/alone.db`]);
	if (!fs.readFileSync(`${folder}/alone.db`).equals(fs.readFileSync(`${folder}/FLEET.db`)))
		complain('FLEET.db is not that of calls by hand');
	fs.appendFileSync(`${folder}/list`, '\nin put_10');
	if (run(merge, folder, {}) !== 1)
		complain('merge.yaml: two recordings with one database are merged');
	fs.rmSync(`${folder}/in put/20`);
	if (run(replay, folder, { JOB_COMPLETION_INDEX: '1' }) !== 2)
		complain('replay.yaml: a recording that is not there is not exit 2');
}

const [replay, merge] = ['replay', 'merge'].map((name) => yaml.parse(fs.readFileSync(`${root}/contrib/kubernetes/${name}.yaml`, 'utf8')));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'recount-kubernetes-'));

for (const [name, manifest] of [['replay.yaml', replay], ['merge.yaml', merge]]) {
	const found = problems(manifest);

	if (found)
		complain(`${name}: ${found}`);
	check_checks(manifest);
}
check_replay(replay);
try {
	run_both(replay, merge, folder);
} finally {
	fs.rmSync(folder, { recursive: true });
}
process.exit(failures ? 1 : 0);
