package endpoint

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"linetwin.dev/vision/model/recogniser"
)

// browser is a page in Chromium, driven by the DevTools protocol.
type browser struct {
	t    *testing.T
	ctx  context.Context
	conn *websocket.Conn
	id   int
}

// openBrowser opens an address as a phone of 390 x 844 pixels would.
func openBrowser(t *testing.T, address string) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			program = p
			break
		}
	}
	if program == "" {
		t.Skip("chromium is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--remote-debugging-port=0", "--window-size=390,844", "--user-data-dir="+t.TempDir(), address)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
	})
	listening := regexp.MustCompile(`DevTools listening on ws://([^/]+)/`)
	port := ""
	lines := bufio.NewScanner(said)
	for port == "" && lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			port = m[1]
		}
	}
	if port == "" {
		t.Skip("chromium does not start here")
	}
	go func() {
		for lines.Scan() { // its pipe must not fill
		}
	}()
	b := &browser{t: t, ctx: ctx}
	for begun := time.Now(); b.conn == nil; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("chromium opens no page")
		}
		b.conn = page(ctx, port, address)
	}
	t.Cleanup(func() { b.conn.CloseNow() })
	b.conn.SetReadLimit(64 << 20)
	return b
}

// page connects to the page that shows an address, or returns nil.
func page(ctx context.Context, port, address string) *websocket.Conn {
	res, err := http.Get("http://" + port + "/json/list")
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	var pages []struct {
		URL    string `json:"url"`
		Type   string `json:"type"`
		Socket string `json:"webSocketDebuggerUrl"`
	}
	if json.NewDecoder(res.Body).Decode(&pages) != nil {
		return nil
	}
	base, _, _ := strings.Cut(address, "#")
	for _, p := range pages {
		if p.Type == "page" && strings.HasPrefix(p.URL, base) {
			c, _, err := websocket.Dial(ctx, p.Socket, nil)
			if err == nil {
				return c
			}
		}
	}
	return nil
}

// call calls a method of the DevTools protocol.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.id++
	if err := wsjson.Write(b.ctx, b.conn, map[string]any{"id": b.id, "method": method, "params": params}); err != nil {
		b.t.Fatal(err)
	}
	for {
		var m struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		if err := wsjson.Read(b.ctx, b.conn, &m); err != nil {
			b.t.Fatal(err)
		}
		if m.ID != b.id {
			continue // an event
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// eval is the value of an expression in the page.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result struct {
			Value any `json:"value"`
		} `json:"result"`
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &r)
	return fmt.Sprint(r.Result.Value)
}

// await waits until an expression has a value.
func (b *browser) await(expression, want string) {
	b.t.Helper()
	got := ""
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(20 * time.Millisecond) {
		if got = b.eval(expression); got == want {
			return
		}
	}
	b.t.Fatalf("%s is %q, want %q", expression, got, want)
}

// choose puts a file into an input, as its user would.
func (b *browser) choose(selector, file string) {
	b.t.Helper()
	var doc struct {
		Root struct {
			NodeID int `json:"nodeId"`
		} `json:"root"`
	}
	b.call("DOM.getDocument", nil, &doc)
	var node struct {
		NodeID int `json:"nodeId"`
	}
	b.call("DOM.querySelector", map[string]any{"nodeId": doc.Root.NodeID, "selector": selector}, &node)
	b.call("DOM.setFileInputFiles", map[string]any{"nodeId": node.NodeID, "files": []string{file}}, nil)
}

func TestAPhoneSendsAPictureAndSeesTheResult(t *testing.T) {
	f := &fake{}
	at := serve(t, New(f, Options{Token: "s3cret", Models: models}), nil)
	b := openBrowser(t, "http://"+at+"/#s3cret")
	file := filepath.Join(t.TempDir(), "photo.png")
	if err := os.WriteFile(file, dot(t, 40, 80), 0o600); err != nil {
		t.Fatal(err)
	}
	b.await("document.getElementById('state')?.textContent", "ready")
	if got := b.eval("location.href"); strings.Contains(got, "s3cret") {
		t.Errorf("the token stays in sight: %s", got)
	}
	b.choose("#picture", file)
	b.await("document.querySelector('#labels td')?.textContent", "cap <b>")
	b.await("document.querySelectorAll('#labels td')[1].textContent", "90.0 %")
	b.await("document.querySelectorAll('#labels tr').length", "2")
	b.await("document.getElementById('message').textContent", "")
	b.await("document.getElementById('cost').textContent.startsWith('caps 1.0, 40 x 80 pixels, ')", "true")
	// The box lies on the picture where the model saw it.
	b.await(`(() => {
		const img = document.getElementById("shown").getBoundingClientRect();
		const box = document.querySelector(".box").getBoundingClientRect();
		return [box.left - img.left, box.top - img.top, box.width, box.height].map((v) => (40 * v / img.width).toFixed(1)).join(" ");
	})()`, "1.0 2.0 3.0 4.0")
	if got := b.eval("document.documentElement.scrollWidth <= window.innerWidth"); got != "true" {
		t.Error("the page is wider than the phone")
	}
	if r := f.seen.Load(); r == nil || r.Image.W != 40 || r.Image.H != 80 {
		t.Error("the service saw another picture")
	}
}

func TestThePageSaysWhatWentWrong(t *testing.T) {
	at := serve(t, New(&fake{err: &recogniser.Unavailable{Cause: errors.New("no weights"), RetryAfter: time.Second}}, Options{Token: "s3cret"}), nil)
	file := filepath.Join(t.TempDir(), "photo.png")
	if err := os.WriteFile(file, dot(t, 4, 4), 0o600); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, "http://"+at+"/#wrong")
	b.await("document.getElementById('message')?.textContent", "this is not the token of this server")
	b.await("document.getElementById('state')?.textContent", "not connected")
	b.eval("sessionStorage.clear(); location.href = '/#s3cret'; location.reload()")
	b.await("document.getElementById('state')?.textContent", "ready")
	b.choose("#picture", file)
	b.await("document.getElementById('message')?.textContent", "it does not run: no weights")
}
