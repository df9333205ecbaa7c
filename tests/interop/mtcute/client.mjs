// mtcute, as published, against the server of the configuration. Prints one JSON line a step;
// steps.py beside the Python clients says what the configuration holds.

import {
  IntermediatePacketCodec,
  MemoryStorage,
  ObfuscatedPacketCodec,
  PaddedIntermediatePacketCodec,
} from '@mtcute/core'
import { addPublicKey } from '@mtcute/core/utils.js'
import { BaseTelegramClient, MtProxyTcpTransport, TcpTransport } from '@mtcute/node'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { connectWs } from '@fuman/net'
import WebSocket from 'ws'

const limitMilliseconds = 30_000

const codecs = {
  'intermediate': () => new IntermediatePacketCodec(),
  'padded intermediate': () => new PaddedIntermediatePacketCodec(),
  'intermediate, obfuscated': () => new ObfuscatedPacketCodec(new IntermediatePacketCodec()),
  'padded intermediate, obfuscated': () => new ObfuscatedPacketCodec(new PaddedIntermediatePacketCodec()),
}

function report(step, ok = true, detail = '') {
  console.log(JSON.stringify({ step, ok, detail: String(detail) }))
}

// As in @mtcute/web, whose own class makes its URLs of Telegram's domain names alone.
class WebSocketTransport {
  constructor(settings, secure) {
    const port = secure ? settings.tls_port : settings.port
    this.url = `${secure ? 'wss' : 'ws'}://${settings.host}:${port}/apiws`
    this.ca = settings.tls_certificate_pem
  }

  connect() {
    const ca = this.ca
    class TrustingWebSocket extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { ca })
      }
    }
    return connectWs({ url: this.url, implementation: TrustingWebSocket, protocols: 'binary' })
  }

  packetCodec() {
    return new ObfuscatedPacketCodec(new IntermediatePacketCodec())
  }
}

function makeTransport(settings) {
  const proxy = settings.transport.match(/^MTProxy, (\w+)/)
  if (proxy) {
    return new MtProxyTcpTransport({
      host: settings.host,
      port: settings.port,
      secret: settings.secrets[proxy[1]],
    })
  }
  if (settings.transport.startsWith('WebSocket')) {
    return new WebSocketTransport(settings, settings.transport.endsWith('TLS'))
  }
  const transport = new TcpTransport()
  transport.packetCodec = codecs[settings.transport]
  return transport
}

/** Reports the first connection that a transport makes. */
function noted(transport) {
  const connect = transport.connect.bind(transport)
  let isNoted = false
  transport.connect = async (dc) => {
    const connection = await connect(dc)
    if (!isNoted) report('connect')
    isNoted = true
    return connection
  }
  return transport
}

function checkConfig(config, settings) {
  if (config.thisDc !== settings.dc) return `this_dc is ${config.thisDc} instead of ${settings.dc}`
  if (!config.dcOptions.some(option => option.port === settings.port)) {
    return `none of the ${config.dcOptions.length} dc_options has port ${settings.port}`
  }
  return ''
}

async function exchange(settings) {
  addPublicKey(new NodeCryptoProvider(), settings.public_key_pkcs1_pem)
  const address = { id: settings.dc, ipAddress: settings.host, port: settings.port }
  const client = new BaseTelegramClient({
    apiId: 1,
    apiHash: '0'.repeat(32),
    storage: new MemoryStorage(),
    defaultDcs: { main: address, media: { ...address, mediaOnly: true } },
    transport: noted(makeTransport(settings)),
    logLevel: settings.verbose ? 5 : 1,
  })
  await client.connect()

  // The first call waits for the connection and its key.
  const config = await client.call({ _: 'help.getConfig' })
  const key = await client.storage.provider.authKeys.get(settings.dc)
  report('key exchange', key?.length === 256, `${key?.length} bytes`)
  const problem = checkConfig(config, settings)
  report('help.getConfig', !problem, problem)

  await client.disconnect()
  await client.destroy()
  report('close')
}

setTimeout(() => {
  console.error(`no end after ${limitMilliseconds / 1000} s`)
  process.exit(1)
}, limitMilliseconds).unref()

try {
  await exchange(JSON.parse(process.argv[2]))
  process.exitCode = 0
} catch (error) {
  console.error(`${error.name}: ${error.message}`)
  process.exit(1)
}
