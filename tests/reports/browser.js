#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The HTML report in a browser: accessible, alone, interactive, and quick with 200 containers.
 *
 * usage: browser.js ROOT RECOUNT
 *
 * Exit code 77 when there is no chromium, or RECOUNT_BROWSER is not set: it takes half a minute.
 */
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { find_chromium, open_page } = require('./chromium.js');

const [root, recount] = process.argv.slice(2).map(name => path.resolve(name));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'recount-html-'));
let failures = 0;

process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

const check = (truth, words) => {
	if (!truth) {
		failures++;
		console.log(`FAILED: ${words}`);
	}
};

const run = (program, ...options) => {
	const { status, stderr } = spawnSync(program, options, { encoding: 'utf8' });
	if (status)
		throw new Error(`${program} ${options.join(' ')}: exit ${status}: ${stderr}`);
};

/* The address of a report on a run of tests/reports/runs.py, or on the recording of forkcow. */
const make = kind => {
	const db = path.join(folder, `${kind}.db`), page = path.join(folder, `${kind}.html`);
	if (kind === 'forkcow')
		run(recount, 'replay', path.join(root, 'tests/data/forkcow.dat'), '-o', db, '--swap', '8M', '-q', '--limit', 'rss=8M,16M,32M,40M,64M',
			'--limit', 'privvmpages=50%:60%,90%,100%:120%', '--limit', 'memcg=50%,100%');
	else
		run('python3', path.join(root, 'tests/reports/runs.py'), root, kind, db);
	run(recount, 'report', db, '-O', 'html', '-o', page);
	return pathToFileURL(page).href;
};

/* The address of a comparison of that run with itself under other swap. */
const make_comparison = () => {
	const other = path.join(folder, 'other.db'), page = path.join(folder, 'comparison.html');
	run(recount, 'replay', path.join(root, 'tests/data/forkcow.dat'), '-o', other, '--swap', 'none', '-q', '--limit', 'rss=8M,16M,32M,40M,64M');
	run(recount, 'compare', path.join(folder, 'forkcow.db'), other, '-O', 'html', '-o', page);
	return pathToFileURL(page).href;
};

/* The address of a fleet: one of its hosts stands out, and they were not asked alike. */
const make_fleet = () => {
	const page = path.join(folder, 'fleet.html'), runs = [];
	for (const size of [300, 1000, 1001, 1002, 1003, 3000]) {
		const text = path.join(folder, `host${size}`);
		fs.writeFileSync(text, `recount-ops 1\ncontainer web\ntask A in web\nmmap A heap ${size}\nexit A\n`);
		runs.push(`${text}.db`);
		run(recount, 'replay', text, '-o', `${text}.db`, '--model', 'ubc', '--limit', 'privvmpages=512p,1024p,4096p', '--swap', `${size}p`);
	}
	run(recount, 'report', ...runs, '-O', 'html', '-o', page);
	return pathToFileURL(page).href;
};

const check_alone = (page, url) => {
	page.listeners.push((method, params) => {
		if (method === 'Network.requestWillBeSent')
			check(params.request.url.startsWith(url) || params.request.url.startsWith('data:'), `a request: ${params.request.url}`);
		if (method === 'Runtime.exceptionThrown')
			check(false, `a script fails: ${params.exceptionDetails.exception?.description || params.exceptionDetails.text}`);
		if (method === 'Page.javascriptDialogOpening')
			check(false, `a name ran as a script: ${params.message}`);
	});
};

const check_accessible = async (page, url, axe) => {
	for (const scheme of ['light', 'dark']) {
		for (const width of [1280, 400]) {
			await page.dress({ width, scheme, height: 4000 });
			await page.go(url);
			await page.evaluate('document.querySelectorAll("details").forEach(details => details.open = true); new Promise(done => setTimeout(done, 300))');
			await page.evaluate(`${axe}; 0`);
			const violations = JSON.parse(await page.evaluate(
				'axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => JSON.stringify(violations))'));
			for (const { id, nodes } of violations)
				check(false, `axe, ${scheme}, ${width}: ${id}: ${nodes.length} times: ${nodes[0].html}`);
		}
	}
};

/* Whether it becomes true: at once, but for a machine that has other things to do. */
const comes_true = (page, expression) => page.evaluate(`new Promise(done => {
	const end = Date.now() + 20000, look = () => (${expression}) || Date.now() > end ? done(Boolean(${expression})) : setTimeout(look, 50);
	look();
})`);

/* What a keyboard can reach changes what is said. */
const check_interactive = async (page, url, has_uplot) => {
	await page.dress({ width: 1280, height: 4000 });
	await page.go(url);
	check(await comes_true(page, 'document.querySelectorAll("nav.chooser option").length > 4'), 'no chooser');
	if (!has_uplot)
		return;
	check(await comes_true(page, 'document.querySelectorAll("canvas").length > 2'), 'no interactive figures');
	const said = await page.evaluate(`(() => {
		const figure = document.querySelector('figure[data-figure=usage]'), moment = figure.querySelector('input[type=range]');
		moment.value = moment.max / 2;
		moment.dispatchEvent(new Event('input'));
		return figure.querySelector('output').textContent;
	})()`);
	check(/^\+0\.1\d\d s: \d.* recorded, \d.* compared$/.test(said), `the moment says '${said}'`);
	const limit = await page.evaluate(`(() => {
		const figure = document.querySelector('figure[data-figure=limits]'), which = figure.querySelector('input[type=range]');
		which.value = 0;
		which.dispatchEvent(new Event('input'));
		return figure.querySelector('output').textContent;
	})()`);
	check(/^[\d.]+ MiB: .*taken away/.test(limit), `the limit says '${limit}'`);
};

/* Without scripts everything but the tools is there. */
const check_still = async (page, url) => {
	await page.dress({ width: 1280, scripts: false });
	await page.go(url);
	check(await page.evaluate('[...document.querySelectorAll(".plot > svg")].every(svg => svg.getBoundingClientRect().height > 100)'), 'a figure is not shown');
	check(await page.evaluate('document.documentElement.scrollWidth <= 1280'), 'wider than the window');
	await page.dress({ width: 400, scripts: false });
	check(await page.evaluate('document.documentElement.scrollWidth <= 400'), 'wider than a narrow window');
};

const seconds_of_work = async page => {
	const { metrics } = await page.send('Performance.getMetrics');
	return metrics.find(({ name }) => name === 'TaskDuration').value;
};

const check_quick = async (page, url) => {
	await page.dress({ width: 1280 });
	await page.send('Performance.enable', { timeDomain: 'threadTicks' });	/* of the processor, whatever else it does */
	let work = Infinity, shown = Infinity;
	for (let i = 0; i < 3; i++) {	/* other programs only make it longer */
		const begin = Date.now();
		await page.go(url);
		shown = Math.min(shown, Date.now() - begin);
		work = Math.min(work, await seconds_of_work(page));
	}
	const scroll = Date.now();
	await page.evaluate('document.querySelector("#trust").scrollIntoView({behavior: "instant"}); new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))');
	console.log(`# 200 containers, 16 limits: ${shown} ms until loaded, ${work.toFixed(2)} s of work; to the end in ${Date.now() - scroll} ms`);
	let counting = Infinity;
	for (let i = 0; i < 3; i++) {
		const before = await seconds_of_work(page);
		await page.evaluate('for (let i = 0; i < 1e9; i++); 0');
		counting = Math.min(counting, await seconds_of_work(page) - before);
	}
	console.log(`# counting to 1,000,000,000 takes ${counting.toFixed(2)} s of work`);
	check(work < 8 * counting, `200 containers take ${work} s of work, counting to 1,000,000,000 ${counting} s`);
};

(async () => {
	if (!find_chromium() || !process.env.RECOUNT_BROWSER) {
		console.log(find_chromium() ? 'skipped: RECOUNT_BROWSER is not set' : 'skipped: no chromium');
		process.exit(77);
	}
	const axe_path = path.join(root, 'setup/npm/node_modules/axe-core/axe.min.js');
	const page = await open_page().catch(error => {
		console.log(`skipped: chromium does not start: ${error.message}`);
		process.exit(77);
	});
	try {
		const forkcow = make('forkcow');
		const has_uplot = fs.readFileSync(path.join(folder, 'forkcow.html'), 'utf8').includes('uPlot=function');
		check_alone(page, 'file://' + folder);
		await check_still(page, forkcow);
		await check_interactive(page, forkcow, has_uplot);
		if (fs.existsSync(axe_path))
			await check_accessible(page, forkcow, fs.readFileSync(axe_path, 'utf8'));
		else
			console.log('# axe-core is not there: setup/npm/fetch fetches it');
		if (fs.existsSync(axe_path))
			await check_accessible(page, make_comparison(), fs.readFileSync(axe_path, 'utf8'));
		const fleet = make_fleet();
		await check_still(page, fleet);
		if (fs.existsSync(axe_path))
			await check_accessible(page, fleet, fs.readFileSync(axe_path, 'utf8'));
		const hostile = make('hostile');
		await page.dress({ width: 1280, height: 20000 });
		await page.go(hostile);
		await page.evaluate('new Promise(done => setTimeout(done, 500))');
		await check_quick(page, make('big'));
	} finally {
		await page.close();
	}
	process.exit(failures ? 1 : 0);
})();
