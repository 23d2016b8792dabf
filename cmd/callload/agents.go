package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const password = "load" // of the agents that 'config' writes, at console and phone

// heartbeat is how often a console says that it is there, as the real one does.
const heartbeat = 5 * time.Second

// staff lets n agents register their phones, open their consoles, and be available.
func staff(ctx context.Context, p *phones, console string, n int) error {
	for i := 1; i <= n; i++ {
		agent := fmt.Sprintf("load%d", i)
		if err := p.register(ctx, agent, password); err != nil {
			return err
		}
		if err := sit(ctx, console, agent); err != nil {
			return fmt.Errorf("%s at the console: %w", agent, err)
		}
	}
	return nil
}

// sit logs an agent in and keeps the page open until ctx ends.
func sit(ctx context.Context, console, agent string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	if err := post(ctx, browser, console+"/api/login", map[string]any{"agent": agent, "password": password}); err != nil {
		return err
	}
	socket, res, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(console, "http")+"/api/events?tab=load", &websocket.DialOptions{HTTPClient: &http.Client{Jar: jar}})
	if err != nil {
		return err
	}
	if res.Body != nil {
		defer res.Body.Close()
	}
	socket.SetReadLimit(1 << 20)
	go stay(ctx, socket)
	return post(ctx, browser, console+"/api/presence", map[string]any{"chosen": "available"})
}

// stay reads what the server tells and says that the page is there.
func stay(ctx context.Context, socket *websocket.Conn) {
	go func() {
		for {
			if _, _, err := socket.Read(ctx); err != nil {
				return
			}
		}
	}()
	for wait(ctx, heartbeat) == nil {
		if socket.Write(ctx, websocket.MessageText, []byte(`{"type":"ping"}`)) != nil {
			return
		}
	}
	_ = socket.CloseNow()
}

func post(ctx context.Context, browser *http.Client, url string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Callfloor", "1")
	res, err := browser.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		words, _ := io.ReadAll(io.LimitReader(res.Body, 500))
		return fmt.Errorf("%s: %s", res.Status, words)
	}
	return nil
}
