// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A headless chromium over its debugging pipe, and one page in it.
 *
 *	const page = await open_page();
 *	await page.send('Page.navigate', {url});
 *	await page.evaluate('1 + 1');
 *	page.close();
 */
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const find_chromium = () => ['chromium', 'chromium-browser', 'google-chrome'].find(name =>
	spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);

class Page {
	constructor(program) {
		this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'recount-browser-'));
		this.process = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run',
			'--disable-extensions', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--mute-audio',
			`--user-data-dir=${this.profile}`, '--remote-debugging-pipe', 'about:blank'],
		{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
		this.waiting = new Map();
		this.listeners = [];
		this.id = 0;
		this.process.stdio[3].on('error', () => {});	/* it has ended, as is said here: */
		this.process.once('exit', code => this.waiting.forEach(({ reject }) => reject(new Error(`it has ended: ${code}`))));
		let rest = Buffer.alloc(0);
		this.process.stdio[4].on('data', data => {
			rest = Buffer.concat([rest, data]);
			for (let end; (end = rest.indexOf(0)) >= 0; rest = rest.subarray(end + 1))
				this.take(JSON.parse(rest.subarray(0, end).toString()));
		});
	}

	take(message) {
		const { resolve, reject } = this.waiting.get(message.id) || {};
		this.waiting.delete(message.id);
		if (message.error && reject)
			reject(new Error(message.error.message));
		else if (resolve)
			resolve(message.result);
		else if (message.method)
			this.listeners.forEach(listener => listener(message.method, message.params));
	}

	send(method, params = {}) {
		const id = ++this.id;
		this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + '\0');
		return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
	}

	once(method) {
		return new Promise(resolve => {
			const listener = (name, params) => {
				if (name !== method)
					return;
				this.listeners.splice(this.listeners.indexOf(listener), 1);
				resolve(params);
			};
			this.listeners.push(listener);
		});
	}

	async attach() {
		const { targetInfos } = await this.send('Target.getTargets');
		const { targetId } = targetInfos.find(({ type }) => type === 'page') || await this.send('Target.createTarget', { url: 'about:blank' });
		({ sessionId: this.session } = await this.send('Target.attachToTarget', { targetId, flatten: true }));
		for (const domain of ['Page', 'Network', 'Runtime'])
			await this.send(`${domain}.enable`);
	}

	async go(url) {
		const loaded = this.once('Page.loadEventFired');
		await this.send('Page.navigate', { url });
		await loaded;
	}

	/* width in CSS pixels; scheme: "light" or "dark" */
	async dress({ width, height = 900, scheme = 'light', scripts = true, media = '' }) {
		await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
		await this.send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] });
		await this.send('Emulation.setScriptExecutionDisabled', { value: !scripts });
	}

	async evaluate(expression) {
		const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
		if (exceptionDetails)
			throw new Error(exceptionDetails.exception ? exceptionDetails.exception.description : exceptionDetails.text);
		return result.value;
	}

	/* The whole page, or its first `height` pixels from `top`. */
	async shoot(file, height, top = 0) {
		const { cssContentSize, cssLayoutViewport } = await this.send('Page.getLayoutMetrics');
		const clip = { x: 0, y: top, width: cssLayoutViewport.clientWidth, height: Math.min(height || Infinity, cssContentSize.height - top), scale: 1 };
		const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}

	close() {
		const ended = new Promise(resolve => this.process.once('exit', resolve));
		this.process.kill();
		return ended.then(() => fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
	}
}

/* Rejects when there is no chromium. */
const open_page = async () => {
	const program = find_chromium();
	if (!program)
		throw new Error('no chromium');
	const page = new Page(program);
	await page.attach();
	return page;
};

module.exports = { find_chromium, open_page };
