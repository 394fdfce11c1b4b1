// The page asks for api/status once a second and shows it. Text gets into the
// document as text only, never as markup.

const $ = id => document.getElementById(id);

// h builds an element: h("p", {class: "quiet"}, "text", child).
function h(tag, attrs, ...children) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attrs || {})) {
		if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
		else if (k === "width" && tag !== "img") e.style.width = v;
		else if (v !== false && v != null) e.setAttribute(k, v === true ? "" : v);
	}
	e.append(...children.filter(c => c != null));
	return e;
}

// show rebuilds a part of the page when what it shows has changed, and gives the
// focus back.
const shown = new Map();
function show(id, what, build) {
	const key = JSON.stringify(what);
	if (shown.get(id) === key) return;
	shown.set(id, key);
	const focus = document.activeElement?.dataset?.key;
	$(id).replaceChildren(...[build(what)].flat());
	if (focus) $(id).querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
}

function clock(s) {
	const t = Math.floor(s), two = x => String(x).padStart(2, "0");
	return `${Math.floor(t / 3600)}:${two(Math.floor(t / 60) % 60)}:${two(t % 60)}`;
}

function span(s) {
	if (s < 60) return `${s.toFixed(1)} s`;
	if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 >= 1 ? ` ${Math.floor(s % 60)} s` : ""}`;
	return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
}

const percent = x => x == null ? "–" : `${(100 * x).toFixed(1)}\u00a0%`;
const number = x => x.toLocaleString("en");

// quantity shows a value with its unit on the scale of people: millis, degrees, percent.
function quantity(v, unit) {
	if (v == null) return "";
	let u = unit || "";
	if ((u === "m" || u === "s") && Math.abs(v) < 1) [v, u] = [v * 1000, "m" + u];
	else if (u === "rad") [v, u] = [v * 180 / Math.PI, "°"];
	else if (u === "1") [v, u] = [v * 100, "%"];
	const digits = Number(Number(v.toPrecision(4)).toFixed(3));
	return `${digits}${u === "°" ? u : u && "\u00a0" + u}`;
}

// measures lists all that a step measured; the exact value is what the pointer shows.
function measures(list) {
	return h("dl", {class: "measures"}, ...list.map(m => h("div", {title: m.value == null ? "not known" : `${m.value} ${m.unit}`.trim()},
		h("dt", {}, m.name.replaceAll("_", " ")), h("dd", {}, quantity(m.value, m.unit) || "–"))));
}

const orderClass = {Running: "is-run", Held: "is-wait", Completed: "is-good", Aborted: "is-bad"};

// lineClass sorts PackML states into producing, waiting and broken.
function lineClass(state, producing) {
	if (producing || state === "Execute") return "is-good";
	if (/abort|fault|stop|clearing/i.test(state)) return "is-bad";
	if (/held|hold|suspend/i.test(state)) return "is-wait";
	if (/start|reset|complet/i.test(state)) return "is-run";
	return "";
}

function tiles(s) {
	const all = s.total.good + s.total.reject;
	const tile = (value, name, note, cls) =>
		h("div", {class: "tile"}, h("span", {class: "quiet"}, name), h("b", {class: cls}, value), h("span", {class: "quiet"}, note));
	const out = [
		tile(number(s.total.good), "Good", `of ${number(all)} parts`, "is-good"),
		tile(number(s.total.reject), "Rejected", all ? `${percent(s.total.reject / all)} of all` : "none yet", s.total.reject ? "is-bad" : ""),
		tile(percent(s.kpi.quality), "Quality", "good of all"),
		tile(percent(s.kpi.availability), "Availability", "producing of all time"),
	];
	const un = s.unassigned.good + s.unassigned.reject;
	if (un) out.push(tile(number(un), "Unassigned", "without an order", "is-wait"));
	return out;
}

function order(o, commands) {
	const part = n => `${Math.min(100, 100 * n / o.quantity)}%`;
	const cls = orderClass[o.state] || "";
	const buttons = commands && o.can.length ? h("span", {class: "buttons end"}, ...o.can.map(verb =>
		h("button", {"data-key": `${o.id}/${verb}`, onclick: e => command(e.target, o, verb)}, verb[0].toUpperCase() + verb.slice(1)))) : null;
	const notes = [o.product, `${o.counts.reject} rejected`];
	if (o.started_s != null) notes.push(`started ${clock(o.started_s)}`);
	if (o.ended_s != null) notes.push(`ended ${clock(o.ended_s)}`);
	if (o.oee != null) notes.push(`OEE ${percent(o.oee)}`);
	return h("li", {class: "order"},
		h("div", {class: "row"}, h("strong", {}, o.id), h("span", {class: `chip ${cls}`}, o.state),
			h("span", {class: "end"}, `${number(o.counts.good)} / ${number(o.quantity)}`)),
		h("div", {class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": o.quantity, "aria-valuenow": o.counts.good, "aria-label": `Order ${o.id}`},
			h("i", {class: cls, width: part(o.counts.good)})),
		h("div", {class: "row"}, h("span", {class: "quiet"}, notes.join(" · ")), buttons));
}

async function command(button, o, verb) {
	if (verb === "abort" && !confirm(`Abort order ${o.id}? This is final.`)) return;
	button.disabled = true;
	let text = "";
	try {
		const r = await fetch(`api/orders/${encodeURIComponent(o.id)}/${verb}`, {method: "POST"});
		if (!r.ok) text = (await r.json()).error;
	} catch {
		text = `The command did not get through: order ${o.id} may not have changed.`;
	}
	button.disabled = false;
	$("message").textContent = text;
	$("message").hidden = !text;
	refresh();
}

function states(list) {
	const all = list.reduce((a, s) => a + s.time_s, 0);
	if (!all) return h("p", {class: "empty"}, "No time has passed yet.");
	return [
		h("div", {class: "bar tall"}, ...list.map(s => h("i", {class: lineClass(s.state), width: `${100 * s.time_s / all}%`, title: s.state}))),
		h("ul", {class: "legend"}, ...list.map(s => h("li", {class: lineClass(s.state)},
			h("span", {}, h("i", {class: lineClass(s.state)}), s.state), h("span", {}, `${span(s.time_s)} · ${percent(s.time_s / all)}`)))),
	];
}

function rejects(reasons) {
	if (!reasons.length) return h("li", {class: "empty"}, "None.");
	const most = reasons[0].count;
	return reasons.map(r => h("li", {}, h("span", {}, r.reason), h("span", {}, number(r.count)),
		h("div", {class: "bar"}, h("i", {class: "is-bad", width: `${100 * r.count / most}%`}))));
}

function parts(list) {
	if (!list.length) return h("tr", {}, h("td", {colspan: 6, class: "empty"}, "No part has left the line yet."));
	return list.map(p => h("tr", {
		tabindex: 0, "data-key": p.n, "aria-label": `Trace of part ${p.serial || p.track || p.n}`,
		onclick: () => { location.hash = `part=${p.n}`; },
		onkeydown: e => { if (e.key === "Enter") location.hash = `part=${p.n}`; },
	},
	h("td", {}, clock(p.at_s)), h("td", {}, p.serial ? String(p.serial) : "not read"), h("td", {class: "wide"}, p.track ? String(p.track) : "–"),
	h("td", {}, p.order || "unassigned"), h("td", {class: "seen"}, p.pictures ? picture(p.pictures[p.pictures.length - 1]) : null),
	h("td", {class: p.good ? "is-good" : "is-bad"}, p.good ? "good" : p.reason)));
}

// picture shows what a station saw. It is loaded when it comes into sight, and takes its place before.
// One that newer pictures have taken the place of meanwhile is left out.
function picture(p) {
	return h("img", {src: p.href, alt: `What ${p.station} saw: ${p.verdict}`, loading: "lazy", decoding: "async",
		width: p.width, height: p.height, onerror: e => e.target.remove()});
}

// trace shows the part that the address names, so that it can be linked to.
async function trace() {
	const n = /^#part=(\d+)$/.exec(location.hash)?.[1], d = $("trace");
	if (!n) { d.close(); return; }
	let p, text = `There is no part number ${n}.`;
	try {
		const r = await fetch(`api/parts?before=${Number(n) + 1}&limit=1`);
		const got = await r.json();
		if (!r.ok) text = got.error;
		else if (got.parts[0]?.n === Number(n)) p = got.parts[0];
	} catch {
		text = "No connection to the line.";
	}
	$("h-trace").textContent = p ? `Part ${p.serial || `of track ${p.track}`}` : "Part";
	$("trace-body").replaceChildren(...(p ? traced(p) : [h("p", {}, text)]));
	if (!d.open) d.showModal();
}

function traced(p) {
	const facts = [["Result", p.good ? "good" : p.reason], ["Order", p.order || "unassigned"], ["Product", p.product || "unknown"],
		["Track", p.track || "–"], ["Left the line", clock(p.at_s)]];
	const bad = s => !p.good && (/reject|fail/i.test(s.result) || p.reason.split(", ").some(r => s.result.includes(r)));
	return [
		h("dl", {class: "facts"}, ...facts.flatMap(([k, v]) => [h("dt", {}, k),
			h("dd", {class: k === "Result" ? (p.good ? "is-good" : "is-bad") : null}, String(v))])),
		...(p.pictures || []).map(x => h("figure", {}, picture(x),
			h("figcaption", {class: "quiet"}, `${x.station}, camera ${x.camera}, at ${clock(x.at_s)}: ${x.verdict}`))),
		p.steps ? h("ol", {class: "steps"}, ...p.steps.map(s => h("li", {class: bad(s) ? "is-bad" : "is-good"},
			h("strong", {}, s.station), h("span", {}, s.result),
			s.measures?.some(m => m.value === s.value && m.unit === s.unit) ? null : h("span", {}, quantity(s.value, s.unit)),
			h("span", {class: "when"}, `+${(s.at_s - p.steps[0].at_s).toFixed(3)} s`), s.measures ? measures(s.measures) : null))) : h("p", {class: "empty"}, "No steps were recorded."),
	];
}

let sampled;
async function history(hist) {
	$("history").hidden = !hist.registers.length;
	if (!hist.registers.length) return;
	show("register", hist.registers, list => list.map(r => h("option", {}, r)));
	const name = $("register").value, key = `${name} ${hist.samples} ${hist.last_s}`;
	if (sampled === key) return;
	const r = await fetch(`api/history?limit=200&register=${encodeURIComponent(name)}`);
	if (!r.ok) return;
	sampled = key;
	const rows = (await r.json()).samples.reverse().filter(x => x.values[0] != null && x.quality[0] === 0);
	show("chart", [name, rows, hist.period_s], () => chart(rows, hist.period_s));
}

function chart(rows, period) {
	if (!rows.length) return h("p", {class: "empty"}, `No good sample yet; one is taken every ${span(period)}.`);
	const v = rows.map(r => r.values[0]), lo = Math.min(...v), hi = Math.max(...v);
	const t0 = rows[0].at_s, t1 = rows[rows.length - 1].at_s;
	const x = r => t1 > t0 ? 4 + 392 * (r.at_s - t0) / (t1 - t0) : 200;
	const y = r => hi > lo ? 104 - 98 * (r.values[0] - lo) / (hi - lo) : 55;
	const ns = "http://www.w3.org/2000/svg";
	const svg = document.createElementNS(ns, "svg");
	svg.setAttribute("viewBox", "0 0 400 110");
	svg.setAttribute("preserveAspectRatio", rows.length > 1 ? "none" : "xMidYMid");
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", `from ${lo} to ${hi}`);
	const shape = document.createElementNS(ns, rows.length > 1 ? "polyline" : "circle");
	if (rows.length > 1) shape.setAttribute("points", rows.map(r => `${x(r)},${y(r)}`).join(" "));
	else for (const [k, a] of Object.entries({cx: 200, cy: 55, r: 4})) shape.setAttribute(k, a);
	svg.append(shape);
	const n = q => String(Number(q.toPrecision(5)));
	return [svg,
		h("div", {class: "quiet ends"}, h("span", {}, clock(t0)), h("span", {}, lo === hi ? `constant ${n(lo)}` : `${n(lo)} to ${n(hi)}`), h("span", {}, clock(t1)))];
}

let newest = null;
async function refresh() {
	let s;
	try {
		const r = await fetch("api/status");
		if (!r.ok) throw new Error(r.status);
		s = await r.json();
	} catch {
		$("offline").textContent = newest == null ? "No connection to the line." : `No connection to the line: this is how it was at ${clock(newest)}.`;
		$("offline").hidden = false;
		return;
	}
	$("offline").hidden = true;
	newest = s.now_s;
	document.title = `${s.run || "MES"} · ${s.state}`;
	$("run").textContent = s.run || "MES";
	$("clock").textContent = `Line time ${clock(s.now_s)}${s.session > 1 ? ` · session ${s.session}` : ""}`;
	$("line").textContent = s.state;
	$("line").className = `pill ${lineClass(s.state, s.producing)}`;
	show("tiles", {total: s.total, unassigned: s.unassigned, kpi: s.kpi}, tiles);
	const orders = s.orders.map(o => ({...o, states: null, kpi: null, oee: o.kpi.oee == null ? null : Number(o.kpi.oee.toFixed(3))}));
	show("orders", [orders, s.commands], ([list, c]) => list.length ? list.map(o => order(o, c)) : h("li", {class: "empty"}, "No orders are planned."));
	show("states", s.states, states);
	show("rejects", s.total.reasons, rejects);
	show("parts", s.recent, parts);
	const p = s.pictures;
	$("dropped").textContent = p.dropped ? `Pictures missing: ${number(p.dropped)}. The last one: ${p.why}` : "";
	$("dropped").hidden = !p.dropped;
	history(s.history).catch(() => {}); // the next status says that the line is gone
}

$("register").addEventListener("change", () => { if (newest != null) refresh(); });
$("trace").addEventListener("close", () => { if (location.hash) window.history.replaceState(null, "", location.pathname + location.search); });
$("trace").addEventListener("click", e => { if (e.target === $("trace")) $("trace").close(); });
addEventListener("hashchange", trace);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

await refresh();
trace();
setInterval(() => { if (!document.hidden) refresh(); }, 1000);
