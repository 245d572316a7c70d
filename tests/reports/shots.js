#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures of a page: wide and narrow, light and dark, with and without JavaScript, and in print.
 *
 * usage: shots.js PAGE.html FOLDER [HEIGHT [TOP]]
 */
'use strict';
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { open_page } = require('./chromium.js');

const looks = [
	{ name: 'wide-light', width: 1280 },
	{ name: 'wide-dark', width: 1280, scheme: 'dark' },
	{ name: 'wide-light-still', width: 1280, scripts: false },
	{ name: 'wide-dark-still', width: 1280, scheme: 'dark', scripts: false },
	{ name: 'narrow-light', width: 400 },
	{ name: 'narrow-dark-still', width: 400, scheme: 'dark', scripts: false },
	{ name: 'print', width: 800, media: 'print', scripts: false },
];

(async () => {
	const [file, folder, height, top] = process.argv.slice(2);
	const page = await open_page();
	for (const look of looks) {
		await page.dress({ height: Number(height) || 3000, ...look });	/* what is out of sight is not drawn */
		await page.go(pathToFileURL(path.resolve(file)).href);
		await page.shoot(path.join(folder, `${look.name}.png`), Number(height) || 6000, Number(top) || 0);
	}
	await page.close();
})();
