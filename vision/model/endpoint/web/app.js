// The page of vision/model/endpoint: sends a picture, shows what was recognised.

const at = (id) => document.getElementById(id);
const element = (name, text, className) => {
	const e = document.createElement(name);
	if (text !== undefined) e.textContent = text;
	if (className) e.className = className;
	return e;
};
const percent = (score) => `${(100 * score).toFixed(1)} %`;

// The token comes behind the # of the address, which no server sees, and goes out of
// sight at once.
let token = decodeURIComponent(location.hash.slice(1));
if (token) {
	sessionStorage.setItem("token", token);
	history.replaceState(null, "", location.pathname);
} else {
	token = sessionStorage.getItem("token") ?? "";
}
const headers = token ? { Authorization: `Bearer ${token}` } : {};

function say(text, wrong) {
	at("message").textContent = text;
	at("message").classList.toggle("wrong", Boolean(wrong));
}

async function state() {
	try {
		const res = await fetch("status", { headers });
		const body = await res.json();
		if (!res.ok) throw new Error(body.error);
		const names = Object.keys(body.lanes).sort();
		at("lane").replaceChildren(...names.map((n) => {
			const o = element("option", `${n}: ${body.lanes[n].model}`);
			o.value = n;
			return o;
		}));
		at("lane-label").hidden = names.length < 2;
		const ready = names.filter((n) => body.lanes[n].ready > 0);
		at("state").textContent = ready.length === names.length ? "ready" : "the model is being loaded";
	} catch (e) {
		at("state").textContent = "not connected";
		say(e.message, true);
	}
}

// send sends a picture, and once more when the server is busy, as it asks.
async function send(file) {
	const lane = at("lane").value;
	const address = lane ? `recognise?lane=${encodeURIComponent(lane)}` : "recognise";
	for (let tries = 0; ; tries++) {
		const res = await fetch(address, {
			method: "POST", body: file,
			headers: { ...headers, "Content-Type": file.type || "application/octet-stream" },
		});
		const body = await res.json();
		if (res.ok) return body;
		const after = Number(res.headers.get("Retry-After"));
		if (res.status !== 429 || !after || after > 20 || tries === 2) throw new Error(body.error);
		say(`${body.error}`);
		await new Promise((done) => setTimeout(done, 1000 * after));
	}
}

function show(result) {
	at("boxes").replaceChildren(...(result.boxes ?? []).map((b) => {
		const e = element("div", undefined, "box");
		e.style.left = `${100 * b.x / result.width}%`;
		e.style.top = `${100 * b.y / result.height}%`;
		e.style.width = `${100 * b.width / result.width}%`;
		e.style.height = `${100 * b.height / result.height}%`;
		e.append(element("span", `${b.label} ${percent(b.score)}`));
		return e;
	}));
	at("text").textContent = result.text ?? "";
	at("text").hidden = !result.text;
	const rows = (result.labels ?? []).concat(result.boxes ?? []);
	at("labels").replaceChildren(...rows.map((l) => {
		const row = element("tr");
		row.append(element("td", l.text ? `${l.label}: ${l.text}` : l.label), element("td", percent(l.score)));
		return row;
	}));
	at("cost").textContent = `${result.model}, ${result.width} x ${result.height} pixels, ${result.ms.toFixed(0)} ms`;
	at("result").hidden = false;
	say(rows.length || result.text ? "" : "Nothing was recognised.");
}

let url;
at("picture").addEventListener("change", async () => {
	const file = at("picture").files[0];
	if (!file) return;
	at("result").hidden = true;
	at("boxes").replaceChildren();
	if (url) URL.revokeObjectURL(url);
	url = URL.createObjectURL(file);
	at("shown").src = url;
	at("figure").hidden = false;
	say("Looking at it ...");
	try {
		show(await send(file));
	} catch (e) {
		say(e.message, true);
	} finally {
		at("picture").value = ""; // so that the same picture can be sent again
	}
});

state();
