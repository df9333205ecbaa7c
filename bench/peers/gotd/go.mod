module corogram/bench/peers/gotd

go 1.25.0

require github.com/gotd/ige v0.2.2

require github.com/go-faster/xor v0.3.0 // indirect
