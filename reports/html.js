/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a still page cannot do: jump to a container, and, where uPlot is built in, zoom and read values. */
'use strict';
(() => {
	const make = (name, attributes, ...children) => {
		const element = document.createElement(name);
		for (const [key, value] of Object.entries(attributes || {}))
			element.setAttribute(key, value);
		element.append(...children);
		return element;
	};
	const field = (words, control) => make('label', {}, words + ' ', control);
	const colour = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

	const size = (pages, page) => {
		if (!pages)
			return pages === 0 ? '0' : '–';
		let bytes = pages * page, unit = 0;
		for (; bytes >= 1023.5 && unit < 4; unit++)
			bytes /= 1024;
		return (bytes >= 99.95 || Number.isInteger(bytes) ? bytes.toFixed(0) : bytes.toPrecision(3)) +
			['B', 'K', 'M', 'G', 'T'][unit];
	};
	const words = (pages, page) => size(pages, page).replace(/([KMGT])$/, ' $1iB');
	const count = number => number == null ? '–' : number.toLocaleString('en');

	/* A series is kept as differences; a string is so many steps without any. */
	const unpack = packed => {
		const values = [];
		let value = 0;
		for (const item of packed) {
			if (typeof item == 'string') {
				for (let i = Number(item); i--;)
					values.push(value);
			} else {
				values.push(value += item);
			}
		}
		values.push(value);	/* where the last step ends */
		return values;
	};

	/* A bar that jumps to a container. */
	const choose = () => {
		const articles = [...document.querySelectorAll('main article')];
		if (articles.length < 2)
			return;
		const select = make('select', {});
		let group;
		for (const section of document.querySelectorAll('section.container')) {
			group = make('optgroup', { label: section.querySelector('h2').firstChild.textContent.trim() });
			for (const article of section.querySelectorAll('article'))
				group.append(make('option', { value: article.id },
					group.label + ': ' + article.querySelector('h3').firstChild.textContent.trim()));
			select.append(group);
		}
		select.prepend(make('option', { value: 'recommended' }, 'Recommended limits'));
		select.append(make('option', { value: 'bills' }, 'Who pays'));
		select.append(make('option', { value: 'trust' }, 'How far to trust this'));
		select.addEventListener('change', () => document.getElementById(select.value).scrollIntoView());
		select.value = 'recommended';
		const bar = make('nav', { class: 'chooser', 'aria-label': 'Containers' },
			make('div', { class: 'tools' }, field('Go to', select)));
		document.querySelector('header').before(bar);
	};

	const axis = more => Object.assign({ stroke: () => colour('soft'), grid: { stroke: () => colour('grid'), width: 1 },
		ticks: { show: false }, font: '12px ' + colour('figures') }, more);
	const line = (label, name, more) => Object.assign({ label, stroke: () => colour(name), width: 1.75, points: { show: false } }, more);

	/* What lies across the plot: levels, and spans of time. */
	const across = (chart, context, y, name, words, is_above) => {
		if (y == null || y > chart.scales.y.max)
			return;
		context.fillStyle = context.strokeStyle = colour(name);
		context.font = `${12 * devicePixelRatio}px ${colour('figures')}`;
		context.textAlign = 'left';
		const place = [words, chart.bbox.left + 5 * devicePixelRatio, chart.valToPos(y, 'y', true) + (is_above ? -5 : 13) * devicePixelRatio];
		context.strokeStyle = colour('paper');
		context.lineJoin = 'round';
		context.lineWidth = 3 * devicePixelRatio;
		context.strokeText(...place);
		context.fillText(...place);
		context.strokeStyle = colour(name);
		context.lineWidth = devicePixelRatio;
		context.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
		context.beginPath();
		context.moveTo(chart.bbox.left, chart.valToPos(y, 'y', true));
		context.lineTo(chart.bbox.left + chart.bbox.width, chart.valToPos(y, 'y', true));
		context.stroke();
		context.setLineDash([]);
	};
	const shade = (chart, context, from, to, name) => {
		const left = Math.max(chart.bbox.left, chart.valToPos(from, 'x', true));
		const right = Math.min(chart.bbox.left + chart.bbox.width, chart.valToPos(to, 'x', true));
		context.fillStyle = colour(name);
		if (right > left)
			context.fillRect(left, chart.bbox.top, right - left, chart.bbox.height);
	};
	const hatch = (chart, context, from, name) => {
		const left = Math.max(chart.bbox.left, chart.valToPos(from, 'x', true)), { top, height } = chart.bbox;
		const right = chart.bbox.left + chart.bbox.width, step = 6 * devicePixelRatio;
		if (right <= left)
			return;
		context.save();
		context.beginPath();
		context.rect(left, top, right - left, height);
		context.clip();
		context.strokeStyle = colour(name);
		context.lineWidth = devicePixelRatio;
		context.beginPath();
		for (let x = left - height; x < right; x += step) {
			context.moveTo(x, top + height);
			context.lineTo(x + height, top);
		}
		context.stroke();
		context.restore();
	};
	const cross = (chart, context, x, name) => {
		const at = chart.valToPos(x, 'x', true), reach = 4 * devicePixelRatio, top = chart.bbox.top + 2 * reach;
		if (x < chart.scales.x.min || x > chart.scales.x.max)
			return;
		context.strokeStyle = colour(name);
		context.lineWidth = 2 * devicePixelRatio;
		context.beginPath();
		context.moveTo(at - reach, top - reach);
		context.lineTo(at + reach, top + reach);
		context.moveTo(at + reach, top - reach);
		context.lineTo(at - reach, top + reach);
		context.stroke();
	};

	/* Between what the recorded peak lies, with what was lost. */
	const bounds = (chart, context, at, low, high) => {
		const reach = 4 * devicePixelRatio, x = chart.valToPos(at, 'x', true), bottom = chart.valToPos(low, 'y', true);
		const top = high == null ? chart.bbox.top : chart.valToPos(high, 'y', true);
		if (at < chart.scales.x.min || at > chart.scales.x.max)
			return;
		context.strokeStyle = colour('warn');
		context.lineWidth = 2 * devicePixelRatio;
		context.beginPath();
		context.moveTo(x, top);
		context.lineTo(x, bottom);
		context.moveTo(x - reach, bottom);
		context.lineTo(x + reach, bottom);
		context.moveTo(x - reach, high == null ? top + reach : top);
		if (high == null)
			context.lineTo(x, top);
		context.lineTo(x + reach, high == null ? top + reach : top);
		context.stroke();
	};

	const losses = () => JSON.parse(document.getElementById('losses').textContent);

	/* Puts a chart in the place of a figure's still one. */
	const replace = (figure, options, values) => {
		const plot = figure.querySelector('.plot'), still = plot.querySelector('svg');
		const measure = () => ({ width: plot.clientWidth, height: Math.round(Math.max(220, plot.clientWidth * .56)) });
		const title = still.querySelector('title').textContent;
		Object.assign(options, measure());
		still.style.display = 'none';
		const chart = new uPlot(options, values, plot);
		chart.root.querySelector('.u-wrap').setAttribute('role', 'img');
		chart.root.querySelector('.u-wrap').setAttribute('aria-label', title);
		new ResizeObserver(() => chart.setSize(measure())).observe(plot);
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart.redraw(false, true));
		return chart;
	};

	const button = (words, says, act) => {
		const made = make('button', { type: 'button', 'aria-label': says, title: says }, words);
		made.addEventListener('click', act);
		return made;
	};

	/* Usage over time: as recorded, the smallest limit that will do, and one of choice. */
	const usage = (figure, data) => {
		const times = Array.from({ length: data.steps + 1 }, (_, i) => i * data.span / data.steps);
		const find = scenario => data.series.find(series => series.scenario === scenario);
		const recorded = find(0), chosen = find(data.chosen), lost = losses();
		let other = find(data.broken) || data.series.find(series => series !== recorded && series !== chosen) || recorded;
		const values = () => [times, unpack(recorded.held), unpack(recorded.max), chosen ? unpack(chosen.max) : times.map(() => null),
			unpack(other.max)];
		const most = unpack(recorded.max), peak = most.reduce((best, value, i) => value > most[best] ? i : best, 0);
		const show = (_, value) => words(value, data.page);
		const stepped = uPlot.paths.stepped({ align: 1 });
		const chart = replace(figure, {
			scales: { x: { time: false }, y: { range: (_, low, high) => [0, Math.max(1, high * 1.05, (data.high || 0) * 1.05)] } },
			axes: [axis({ size: 28, values: (_, ticks) => ticks.map(tick => +tick.toFixed(6) + ' s') }),
				axis({ size: 56, values: (_, ticks) => ticks.map(tick => size(tick, data.page)),
					incrs: Array.from({ length: 50 }, (_, i) => 2 ** i) })],
			series: [{ label: 'At', value: (_, value) => value == null ? '–' : '+' + value.toFixed(3) + ' s' },
				line('recorded, at a step’s end', 'soft', { class: 'unseen', width: 0, fill: () => colour('ground'), paths: stepped, value: show }),
				line('recorded', 'ink', { class: 'of-recorded', width: 1.25, paths: stepped, value: show }),
				line('smallest that will do', 'accent', { class: chosen ? 'of-chosen' : 'unseen', paths: stepped, value: show, show: !!chosen }),
				line('compared', 'bad', { class: 'of-other', width: 1.5, paths: stepped, value: show })],
			hooks: {
				drawClear: [u => {
					lost.forEach(([from, to]) => shade(u, u.ctx, from, Math.max(to, from + data.span / 500), 'loss'));
					if (other.diverged != null)
						hatch(u, u.ctx, other.diverged, 'bad-hatch');
				}],
				draw: [u => {
					u.ctx.save();
					for (const [series, name] of [[chosen, 'accent'], [other, 'bad']]) {
						if (!series || series === chosen && name === 'bad')
							continue;
						const { barrier, limit } = series, both = barrier != null && barrier !== limit;
						if (both)
							across(u, u.ctx, barrier, name, 'barrier ' + words(barrier, data.page), false);
						across(u, u.ctx, limit, name, 'limit ' + words(limit, data.page), both || series === chosen || limit > (chosen || other).limit);
					}
					if (data.low !== data.high)
						bounds(u, u.ctx, times[peak], data.low, data.high);
					data.marks.forEach(([scenario, at]) => scenario === other.scenario && cross(u, u.ctx, at, 'bad'));
					u.ctx.restore();
				}],
			},
		}, values());

		const scenarios = make('select', {});
		data.series.forEach((series, i) => scenarios.append(make('option', { value: i }, series.label)));
		scenarios.value = data.series.indexOf(other);
		scenarios.addEventListener('change', () => {
			other = data.series[scenarios.value];
			chart.setData(values(), false);
			chart.redraw();
		});
		const moment = make('input', { type: 'range', min: 0, max: data.steps - 1, value: 0 });
		const said = make('output', {});
		moment.addEventListener('input', () => {
			const i = Number(moment.value);
			chart.setCursor({ left: chart.valToPos(times[i], 'x'), top: 1 });
			said.textContent = `+${times[i].toFixed(3)} s: ${words(chart.data[2][i], data.page)} recorded, ${words(chart.data[4][i], data.page)} compared`;
		});
		const zoom = factor => () => {
			const { min, max } = chart.scales.x, middle = times[Number(moment.value)] || (min + max) / 2;
			const centre = Math.min(max, Math.max(min, middle)), half = (max - min) * factor / 2;
			const from = Math.max(0, Math.min(centre - half, data.span - 2 * half));
			chart.setScale('x', { min: from, max: Math.min(data.span, from + 2 * half) });
		};
		figure.querySelector('.plot').after(make('div', { class: 'tools' }, field('Compare with', scenarios), field('Moment', moment),
			button('+', 'Closer', zoom(.5)), button('−', 'Wider', zoom(2)),
			button('All', 'All of the recording', () => chart.setScale('x', { min: 0, max: data.span })), said));
		figure.querySelectorAll('.legend .line').forEach(item => item.remove());
	};

	/* What goes wrong, against the limit: the still figure, and one limit's figures in words. */
	const limits = (figure, data) => {
		const svg = figure.querySelector('.plot > svg');
		const places = [...new Set([...svg.querySelectorAll('circle')].map(circle => circle.cx.baseVal.value))].sort((a, b) => a - b);
		if (places.length != data.points.length)
			return;
		const hair = document.createElementNS(svg.namespaceURI, 'path');
		const said = make('output', {});
		const which = make('input', { type: 'range', min: 0, max: places.length - 1, value: 0 });
		hair.setAttribute('class', 'hair');
		svg.append(hair);
		const say = i => {
			const [, limit, taken, refused, denied, seen, assumed, kills, unsure] = data.points[i];
			const parts = [[seen, 'come back' + (unsure ? ' as seen' : '')], [assumed, 'as assumed'], [taken, 'taken away'],
				[refused, 'refused'], [denied, 'calls denied'], [kills, 'killed']];
			hair.setAttribute('d', `M${places[i]} 46V236`);
			which.value = i;
			said.textContent = `${words(limit, data.page)}: ` + (parts.filter(([number]) => number)
				.map(([number, what]) => `${count(number)} ${what}`).join(', ') || 'nothing happens');
		};
		which.addEventListener('input', () => say(Number(which.value)));
		say(Math.max(0, data.points.findIndex(([scenario]) => scenario === (data.broken ?? data.chosen))));
		svg.addEventListener('pointermove', event => {
			const box = svg.getBoundingClientRect();
			const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
			say(places.reduce((best, place, i) => Math.abs(place - x) < Math.abs(places[best] - x) ? i : best, 0));
		});
		figure.querySelector('.plot').after(make('div', { class: 'tools' }, field('Limit', which), said));
	};

	/* A figure comes alive when it is nearly in sight: a page may have hundreds. */
	const enliven = () => {
		const kinds = { usage, limits };
		const watcher = new IntersectionObserver(seen => {
			for (const { target, isIntersecting } of seen) {
				if (!isIntersecting)
					continue;
				watcher.unobserve(target);
				kinds[target.dataset.figure](target, JSON.parse(target.closest('article').querySelector('script').textContent));
			}
		}, { rootMargin: '400px' });
		document.querySelectorAll('figure[data-figure]').forEach(figure => watcher.observe(figure));
	};

	choose();
	if (typeof uPlot == 'function' && 'IntersectionObserver' in window)
		enliven();
})();
