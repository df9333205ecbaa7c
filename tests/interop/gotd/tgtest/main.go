// Command tgtest serves gotd/td's test server on loopback, for our client to meet a server that we did
// not write. Its first line of output is a JSON object: where it listens (one port for the plain framings,
// one for the obfuscated ones) and its key. It ends when its standard input does.
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/gotd/td/exchange"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgtest"
	"github.com/gotd/td/tgtest/services"
	"github.com/gotd/td/tgtest/services/config"
	"github.com/gotd/td/transport"
	"golang.org/x/sync/errgroup"
)

type greeting struct {
	Host           string `json:"host"`
	Port           int    `json:"port"`
	ObfuscatedPort int    `json:"obfuscated_port"`
	DC             int    `json:"dc"`
	SPKI           string `json:"public_key_pem"`
	PKCS1          string `json:"public_key_pkcs1_pem"`
	Modulus        string `json:"modulus"`
	Exponent       string `json:"exponent"`
	Fingerprint    string `json:"fingerprint_signed"`
}

func listen() (net.Listener, int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	return listener, listener.Addr().(*net.TCPAddr).Port, nil
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func greet(server *tgtest.Server, dc, port, obfuscatedPort int) error {
	key := server.Key()
	spki, err := x509.MarshalPKIXPublicKey(key.RSA)
	if err != nil {
		return err
	}
	line, err := json.Marshal(greeting{
		Host: "127.0.0.1", Port: port, ObfuscatedPort: obfuscatedPort, DC: dc,
		SPKI:        pemText("PUBLIC KEY", spki),
		PKCS1:       pemText("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(key.RSA)),
		Modulus:     fmt.Sprintf("%x", key.RSA.N),
		Exponent:    fmt.Sprintf("%06x", key.RSA.E),
		Fingerprint: fmt.Sprint(key.Fingerprint()),
	})
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(line))
	return err
}

func run(dc int) error {
	plain, port, err := listen()
	if err != nil {
		return err
	}
	obfuscated, obfuscatedPort, err := listen()
	if err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}

	dispatcher := tgtest.NewDispatcher()
	config.NewService(&tg.Config{
		DCOptions: []tg.DCOption{
			{ID: dc, IPAddress: "127.0.0.1", Port: port},
			{ID: dc, IPAddress: "127.0.0.1", Port: obfuscatedPort, TCPObfuscatedOnly: true},
		},
	}, &tg.CDNConfig{}).Register(dispatcher)
	dispatcher.Fallback(services.NotImplemented)
	server := tgtest.NewServer(
		exchange.PrivateKey{RSA: key}, tgtest.UnpackInvoke(dispatcher), tgtest.ServerOptions{DC: dc},
	)

	ctx, cancel := context.WithCancel(context.Background())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx, transport.Listen(plain)) })
	group.Go(func() error {
		return server.Serve(ctx, transport.Listen(transport.ObfuscatedListener(obfuscated)))
	})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := greet(server, dc, port, obfuscatedPort); err != nil {
		return err
	}
	return group.Wait()
}

func main() {
	dc := flag.Int("dc", 2, "the id of the data centre")
	flag.Parse()
	if err := run(*dc); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
