// Times the AES-256-IGE of @mtcute/wasm, as ../python/ige.py does with modules for Python.
//
//     node ige.mjs KERNEL CONFIGURATION

import { readFileSync } from 'node:fs'
import { getWasmUrl, ige256Decrypt, ige256Encrypt, initSync } from '@mtcute/wasm'

const SAMPLES = 15
const SAMPLE_NS = 50e3
const BUDGET_NS = 50e6

const now = () => Number(process.hrtime.bigint())

function timeOf(calls, call) {
  const begin = now()
  for (let i = 0; i < calls; i++) call()
  return now() - begin
}

function measure(call) {
  const begin = now()
  let calls = 1
  while (timeOf(calls, call) < SAMPLE_NS / 2) calls *= 2
  const samples = []
  while (samples.length < SAMPLES && (samples.length < 3 || now() - begin < BUDGET_NS))
    samples.push(timeOf(calls, call) / calls)
  return samples.sort((a, b) => a - b)
}

const [kernel, path] = process.argv.slice(2)
const configuration = JSON.parse(readFileSync(path, 'utf8'))
const vector = {}
for (const [name, hex] of Object.entries(configuration.vector)) vector[name] = Uint8Array.from(Buffer.from(hex, 'hex'))

initSync(new WebAssembly.Module(readFileSync(getWasmUrl())))
const functions = { encrypt: ige256Encrypt, decrypt: ige256Decrypt }
const { key, iv, plain, encrypted } = vector
for (const [operation, from, to] of [['encrypt', plain, encrypted], ['decrypt', encrypted, plain]])
  if (Buffer.compare(functions[operation](from, key, iv), to) !== 0) {
    console.error(`it ${operation}s to something else`)
    process.exit(1)
  }

for (let repetition = 0; repetition < configuration.repetitions; repetition++)
  for (const [operation, run] of Object.entries(functions))
    for (const size of configuration.sizes) {
      const data = Uint8Array.from({ length: size }, (_, i) => plain[i % plain.length])
      const samples = measure(() => run(data, key, iv))
      console.log(
        JSON.stringify({
          name: `ige/${operation}/${kernel}/${size}`,
          repetition_index: repetition,
          real_time: samples[samples.length >> 1],
          best_ns: samples[0],
        }),
      )
    }
