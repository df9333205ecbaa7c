// Times the AES-256-IGE of gotd/ige, as ../python/ige.py does with modules for Python.
//
//	ige KERNEL CONFIGURATION
package main

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/gotd/ige"
)

const (
	samples  = 15
	sampleNS = 50e3
	budgetNS = 50e6
)

type configuration struct {
	Vector      map[string]string `json:"vector"`
	Sizes       []int             `json:"sizes"`
	Repetitions int               `json:"repetitions"`
}

type row struct {
	Name       string  `json:"name"`
	Repetition int     `json:"repetition_index"`
	RealTime   float64 `json:"real_time"`
	BestNS     float64 `json:"best_ns"`
}

// With the key set up in each call, as the other implementations have it.
func encrypt(out, in, key, iv []byte) {
	block, err := aes.NewCipher(key)
	check(err)
	ige.EncryptBlocks(block, iv, out, in)
}

func decrypt(out, in, key, iv []byte) {
	block, err := aes.NewCipher(key)
	check(err)
	ige.DecryptBlocks(block, iv, out, in)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func timeOf(calls int, call func()) float64 {
	begin := time.Now()
	for i := 0; i < calls; i++ {
		call()
	}
	return float64(time.Since(begin).Nanoseconds())
}

func measure(call func()) []float64 {
	begin := time.Now()
	calls := 1
	for timeOf(calls, call) < sampleNS/2 {
		calls *= 2
	}
	var times []float64
	for len(times) < samples && (len(times) < 3 || time.Since(begin).Nanoseconds() < budgetNS) {
		times = append(times, timeOf(calls, call)/float64(calls))
	}
	sort.Float64s(times)
	return times
}

func main() {
	kernel := os.Args[1]
	text, err := os.ReadFile(os.Args[2])
	check(err)
	var config configuration
	check(json.Unmarshal(text, &config))
	vector := map[string][]byte{}
	for name, value := range config.Vector {
		vector[name], err = hex.DecodeString(value)
		check(err)
	}

	operations := []struct {
		name     string
		run      func(out, in, key, iv []byte)
		from, to []byte
	}{
		{"encrypt", encrypt, vector["plain"], vector["encrypted"]},
		{"decrypt", decrypt, vector["encrypted"], vector["plain"]},
	}
	for _, operation := range operations {
		out := make([]byte, len(operation.from))
		operation.run(out, operation.from, vector["key"], vector["iv"])
		if !bytes.Equal(out, operation.to) {
			check(fmt.Errorf("it %ss to something else", operation.name))
		}
	}

	print := json.NewEncoder(os.Stdout)
	for repetition := 0; repetition < config.Repetitions; repetition++ {
		for _, operation := range operations {
			for _, size := range config.Sizes {
				in, out := make([]byte, size), make([]byte, size)
				for i := range in {
					in[i] = vector["plain"][i%len(vector["plain"])]
				}
				times := measure(func() { operation.run(out, in, vector["key"], vector["iv"]) })
				name := fmt.Sprintf("ige/%s/%s/%d", operation.name, kernel, size)
				check(print.Encode(row{name, repetition, times[len(times)/2], times[0]}))
			}
		}
	}
}
