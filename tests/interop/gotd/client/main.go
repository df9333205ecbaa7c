// Command client runs gotd/td, as published, against the server of the configuration. It prints one
// JSON line a step; steps.py beside the Python clients says what the configuration holds.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"

	"crypto/rsa"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/transport"
)

const limit = 30 * time.Second

type settings struct {
	Host      string `json:"host"`
	Port      int    `json:"port"`
	DC        int    `json:"dc"`
	Modulus   string `json:"modulus"`
	Exponent  string `json:"exponent"`
	Transport string `json:"transport"`
}

var protocols = map[string]transport.Protocol{
	"abridged":            transport.Abridged,
	"intermediate":        transport.Intermediate,
	"padded intermediate": transport.PaddedIntermediate,
	"full":                transport.Full,
}

func report(step string, ok bool, detail string) {
	line, err := json.Marshal(map[string]any{"step": step, "ok": ok, "detail": detail})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func publicKey(modulus, exponent string) (*rsa.PublicKey, error) {
	n, ok := new(big.Int).SetString(modulus, 16)
	if !ok {
		return nil, errors.New("the modulus is not hexadecimal")
	}
	e, ok := new(big.Int).SetString(exponent, 16)
	if !ok {
		return nil, errors.New("the exponent is not hexadecimal")
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

func checkConfig(config *tg.Config, s settings) string {
	if config.ThisDC != s.DC {
		return fmt.Sprintf("this_dc is %d instead of %d", config.ThisDC, s.DC)
	}
	for _, option := range config.DCOptions {
		if option.Port == s.Port {
			return ""
		}
	}
	return fmt.Sprintf("none of the %d dc_options has port %d", len(config.DCOptions), s.Port)
}

// resolver reports the first connection that is made.
func resolver(protocol transport.Protocol, obfuscated bool) dcs.Resolver {
	noted := false
	return dcs.Plain(dcs.PlainOptions{
		Protocol:   protocol,
		Obfuscated: obfuscated,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			var dialer net.Dialer
			connection, err := dialer.DialContext(ctx, network, address)
			if err == nil && !noted {
				noted = true
				report("connect", true, address)
			}
			return connection, err
		},
	})
}

func exchange(ctx context.Context, s settings) error {
	key, err := publicKey(s.Modulus, s.Exponent)
	if err != nil {
		return err
	}
	stream, temporary := strings.CutSuffix(s.Transport, ", PFS")
	framing, obfuscated := strings.CutSuffix(stream, ", obfuscated")
	protocol, ok := protocols[framing]
	if !ok {
		return fmt.Errorf("gotd/td has no transport %q", s.Transport)
	}
	client := telegram.NewClient(1, strings.Repeat("0", 32), telegram.Options{
		PublicKeys:     []telegram.PublicKey{{RSA: key}},
		DC:             s.DC,
		DCList:         dcs.List{Options: []tg.DCOption{{ID: s.DC, IPAddress: s.Host, Port: s.Port}}},
		Resolver:       resolver(protocol, obfuscated),
		SessionStorage: &session.StorageMemory{},
		// Calls go under a temporary key, bound to the permanent one by auth.bindTempAuthKey.
		EnablePFS: temporary,
	})
	err = client.Run(ctx, func(ctx context.Context) error {
		// Run calls back when the key is made, the session is there and help.getConfig was answered.
		report("key exchange", true, "")
		config, err := client.API().HelpGetConfig(ctx)
		if err != nil {
			return fmt.Errorf("help.getConfig: %w", err)
		}
		problem := checkConfig(config, s)
		report("help.getConfig", problem == "", problem)
		if err := client.Ping(ctx); err != nil {
			return fmt.Errorf("ping: %w", err)
		}
		report("ping", true, "")
		return nil
	})
	if err != nil {
		return err
	}
	report("close", true, "")
	return nil
}

func main() {
	var s settings
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: client CONFIGURATION")
		os.Exit(2)
	}
	if err := json.Unmarshal([]byte(os.Args[1]), &s); err != nil {
		fmt.Fprintln(os.Stderr, "configuration:", err)
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := exchange(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
