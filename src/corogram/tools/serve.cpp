// corogram serve: the test data centre for foreign clients.

#include <corogram/core/hex.hpp>
#include <corogram/crypto/certificate.hpp>
#include <corogram/crypto/system_random.hpp>
#include <corogram/testdc/auth_key_file.hpp>
#include <corogram/testdc/server.hpp>
#include <corogram/tools/commands.hpp>
#include <corogram/tools/event_line.hpp>
#include <corogram/tools/exit_code.hpp>
#include <corogram/tools/files.hpp>
#include <corogram/tools/transport_option.hpp>
#include <corogram/transport/fake_tls_hello.hpp>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

namespace corogram::tools {
namespace {

struct serve_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::int32_t dc = 2;
  bool test_mode = false;
  std::string key_path;
  std::string write_public_key_path;
  std::string auth_keys_path;
  /// Empty: each rule at its own standard.
  std::string strictness;
  /// "<rule>=<strictness>", on top of it.
  std::vector<std::string> rules;
  std::vector<std::string> secrets;
  bool secret_only = false;
  std::string fallback;
  /// None: no port for TLS.
  std::optional<std::uint16_t> tls_port;
  std::string certificate_path;
  std::string certificate_key_path;
  std::string write_certificate_path;
  bool json = false;
  bool quiet = false;
  bool list_rules = false;
};

const std::map<std::string, mtproto::strictness> strictness_names{
    {"strict", mtproto::strictness::strict},
    {"lax", mtproto::strictness::lax},
    {"record", mtproto::strictness::record},
};

/// make_policy puts the single rules on top of the general strictness. Throws file_error.
mtproto::policy make_policy(const serve_options& options) {
  mtproto::policy made;
  if (!options.strictness.empty()) made = mtproto::policy(strictness_names.at(options.strictness));
  for (const std::string& text : options.rules) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const auto rule = mtproto::rule_by_name(text.substr(0, equals));
    const auto how = strictness_names.find(text.substr(std::min(equals + 1, text.size())));
    if (!rule || how == strictness_names.end())
      throw file_error(
          "--rule " + text +
          ": expected NAME=strict, NAME=lax or NAME=record; --list-rules has the names");
    made.set(*rule, how->second);
  }
  return made;
}

/// Prints the table of the rules that real clients break.
int list_rules() {
  for (const mtproto::rule_info& rule : mtproto::rules()) {
    const auto standard = std::ranges::find(strictness_names, rule.standard,
                                            [](const auto& entry) { return entry.second; });
    std::cout << std::left << std::setw(24) << rule.name << std::setw(8) << standard->first
              << rule.requirement << '\n';
  }
  return exit_success;
}

/// As clients print it: the number in hexadecimal, most significant digit first.
std::string fingerprint_hex(std::int64_t fingerprint) {
  std::array<core::byte, 8> bytes;
  core::store_be(bytes.data(), fingerprint);
  return core::to_hex(bytes);
}

/// The links by which Telegram's own clients take a proxy, one a secret.
std::vector<std::string> proxy_links(const serve_options& options,
                                     const asio::ip::tcp::endpoint& endpoint) {
  std::vector<std::string> links;
  for (const std::string& secret : options.secrets)
    links.push_back("tg://proxy?server=" + endpoint.address().to_string() +
                    "&port=" + std::to_string(endpoint.port()) + "&secret=" + secret);
  return links;
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ",") + json_string(text);
  return '[' + list + ']';
}

/// What a client has to know before it can connect.
void print_banner(const serve_options& options, const testdc::server& server,
                  const crypto::rsa_public_key& key, const std::string& certificate_pem) {
  const asio::ip::tcp::endpoint endpoint = server.endpoint();
  const std::string address = endpoint.address().to_string();
  const std::vector<std::string> links = proxy_links(options, endpoint);
  if (options.json) {
    std::cout << "{\"address\":" << json_string(address) << ",\"port\":" << endpoint.port()
              << ",\"dc\":" << options.dc
              << ",\"test_mode\":" << (options.test_mode ? "true" : "false")
              << ",\"public_key_pem\":" << json_string(key.to_pem())
              << ",\"public_key_pkcs1_pem\":" << json_string(key.to_pkcs1_pem())
              << ",\"modulus\":" << json_string(core::to_hex(key.modulus()))
              << ",\"exponent\":" << json_string(core::to_hex(key.exponent()))
              << ",\"fingerprint\":" << json_string(fingerprint_hex(key.fingerprint()))
              << ",\"fingerprint_signed\":" << json_string(std::to_string(key.fingerprint()))
              << ",\"proxy_links\":" << json_list(links);
    if (options.tls_port)
      std::cout << ",\"tls_port\":" << server.tls_endpoint().port()
                << ",\"tls_certificate_pem\":" << json_string(certificate_pem);
    std::cout << "}" << std::endl;
    return;
  }
  std::cout << "address      " << address << ':' << endpoint.port() << '\n';
  if (options.tls_port)
    std::cout << "TLS          " << address << ':' << server.tls_endpoint().port() << '\n';
  for (const std::string& link : links) std::cout << "proxy        " << link << '\n';
  std::cout << "dc           " << options.dc << (options.test_mode ? " (test)" : "") << '\n'
            << "fingerprint  " << fingerprint_hex(key.fingerprint()) << " (" << key.fingerprint()
            << ")\n\n"
            << key.to_pem() << '\n'
            << key.to_pkcs1_pem() << std::endl;
}

/// Prints events as they come, with the time of day in text.
class event_printer {
 public:
  explicit event_printer(const serve_options& options) : options_(options) {}

  void operator()(const testdc::server_event& event) const {
    if (options_.quiet) return;
    const auto line = describe(event);
    if (!line) return;
    if (options_.json)
      std::cout << to_json(*line) << std::endl;
    else
      std::cout << time_of_day() << ' ' << to_text(*line) << std::endl;
  }

 private:
  static std::string time_of_day() {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() %
        1000;
    std::tm broken_down{};
    gmtime_r(&seconds, &broken_down);
    std::ostringstream text;
    text << std::put_time(&broken_down, "%H:%M:%S") << '.' << std::setfill('0') << std::setw(3)
         << milliseconds;
    return text.str();
  }

  const serve_options& options_;
};

/// Provisions the keys of a file, all or none.
void add_auth_keys(mtproto::server& protocol, const std::string& path, core::instant now) {
  const core::secret_buffer text = read_file(path);
  auto parsed = testdc::parse_auth_keys(core::as_text(text.view()));
  if (const auto* const error = std::get_if<testdc::auth_key_file_error>(&parsed))
    throw file_error(path + ":" + std::to_string(error->line) + ": " + error->error.message());
  for (auto& entry : std::get<std::vector<testdc::provisioned_key>>(parsed)) {
    const std::int64_t id = entry.key.id();
    if (!protocol.add_key(testdc::to_stored_key(std::move(entry), now), now)) {
      throw file_error(path + ": the key with auth_key_id " + core::wire_hex(id) +
                       " is there twice");
    }
  }
}

/// The secrets of --secret. Throws file_error.
void add_secrets(const serve_options& options, transport::server_config& transport) {
  auto secrets = std::make_shared<transport::secret_list>();
  for (const std::string& text : options.secrets) {
    auto secret = transport::proxy_secret::from_text(text);
    if (!secret)
      throw file_error("--secret " + text +
                       ": expected 32 hex digits, or dd and 32 hex digits, or ee, " +
                       "32 hex digits and a domain name in hex");
    secrets->push_back(*std::move(secret));
  }
  if (options.secret_only && secrets->empty()) throw file_error("--secret-only needs a --secret");
  transport.require_secret = options.secret_only;
  if (secrets->empty()) return;
  transport.secrets = std::move(secrets);
  transport.hellos = std::make_shared<transport::hello_memory>();
}

/// The certificate of the files, or a new one.
crypto::certificate make_certificate(const serve_options& options, core::instant now) {
  if (options.certificate_path.empty()) return crypto::make_certificate(options.host, now);
  crypto::certificate read;
  const core::secret_buffer text = read_file(options.certificate_path);
  read.pem = core::as_text(text.view());
  read.private_key_pem = read_file(options.certificate_key_path);
  return read;
}

testdc::server_options make_server_options(const serve_options& options,
                                           crypto::rsa_private_key key,
                                           crypto::certificate certificate) {
  testdc::server_options made;
  std::error_code failure;
  const auto address = asio::ip::make_address(options.host, failure);
  if (failure) throw file_error("--host " + options.host + ": expected an IPv4 or IPv6 address");
  made.listen = {address, options.port};
  made.self.dc_id = options.dc;
  made.self.test_mode = options.test_mode;
  made.self.ip_address = options.host;
  made.protocol.exchange.dc = options.dc;
  made.protocol.exchange.test_dc = options.test_mode;
  made.protocol.exchange.report_stages = true;
  made.protocol.exchange.keys.push_back(std::move(key));
  made.protocol.exchange.strictness = make_policy(options);
  add_secrets(options, made.transport);
  if (!options.fallback.empty()) {
    const rpc::endpoint fallback = parse_address(options.fallback);
    const auto host = asio::ip::make_address(fallback.host, failure);
    if (failure) throw file_error("--fallback " + options.fallback + ": expected ADDRESS:PORT");
    made.fallback = {host, fallback.port};
  }
  if (options.tls_port) {
    made.tls.emplace();
    made.tls->listen = {address, *options.tls_port};
    made.tls->certificates_pem = std::move(certificate.pem);
    made.tls->private_key_pem = std::move(certificate.private_key_pem);
  }
  return made;
}

int serve(const serve_options& options) {
  if (options.list_rules) return list_rules();
  crypto::rsa_private_key key = options.key_path.empty() ? crypto::rsa_private_key::generate()
                                                         : read_private_key(options.key_path);
  const crypto::rsa_public_key public_key = key.public_key();
  if (!options.write_public_key_path.empty())
    write_file(options.write_public_key_path, public_key.to_pem());

  asio::io_context context(1);
  const core::system_clock clock;
  crypto::system_random random;
  crypto::certificate certificate;
  if (options.tls_port) certificate = make_certificate(options, clock.now());
  const std::string certificate_pem = certificate.pem;
  if (!options.write_certificate_path.empty())
    write_file(options.write_certificate_path, certificate_pem);
  testdc::server_options server_options =
      make_server_options(options, std::move(key), std::move(certificate));
  server_options.observer = event_printer(options);
  testdc::server server(context.get_executor(), std::move(server_options), clock, random);
  if (!options.auth_keys_path.empty())
    add_auth_keys(server.center().protocol(), options.auth_keys_path, clock.now());

  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](std::error_code failure, int) {
    if (!failure) server.stop();
  });
  print_banner(options, server, public_key, certificate_pem);
  asio::co_spawn(context, server.run(), [&](std::exception_ptr failure) {
    signals.cancel();
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
  return exit_success;
}

}  // namespace

void add_serve(CLI::App& app, command& chosen) {
  auto options = std::make_shared<serve_options>();
  CLI::App* const sub =
      app.add_subcommand("serve", "Run a data centre in memory for any MTProto client");
  sub->add_option("--host", options->host, "IP address to listen on")->capture_default_str();
  sub->add_option("--port", options->port, "TCP port; 0: the system chooses")
      ->capture_default_str();
  sub->add_option("--dc", options->dc, "Number of the data centre")
      ->capture_default_str()
      ->check(CLI::Range(1, 9999));
  sub->add_flag("--test", options->test_mode, "Be a test data centre");
  sub->add_option("--key", options->key_path,
                  "RSA private key in PEM; without it a new one is made");
  sub->add_option("--write-public-key", options->write_public_key_path,
                  "Write the public key (PEM) to this file");
  sub->add_option("--auth-keys", options->auth_keys_path,
                  "Auth keys to know from the start: a line each, 512 hex digits, then optionally "
                  "salt=N and expires_at=UNIXTIME");
  sub->add_option("--strictness", options->strictness,
                  "What becomes of clients that break rules: strict refuses, lax lets pass, record "
                  "lets pass and reports; default: each rule's own standard")
      ->check(CLI::IsMember({"strict", "lax", "record"}));
  sub->add_option("--rule", options->rules, "NAME=STRICTNESS: one rule; may be repeated");
  sub->add_flag("--list-rules", options->list_rules,
                "Print the rules with their standards and requirements, and end");
  sub->add_option(
      "--secret", options->secrets,
      "Be an MTProxy as well: 16 bytes in hex; dd and 16 bytes for padded intermediate; "
      "ee, 16 bytes and a domain name for fake TLS. May be repeated");
  sub->add_flag("--secret-only", options->secret_only,
                "Be an MTProxy alone: refuse whoever knows no secret");
  sub->add_option("--fallback", options->fallback,
                  "ADDRESS:PORT of a TLS server that answers TLS clients without a secret; without "
                  "it they get no answer");
  auto* const tls_port = sub->add_option("--tls-port", options->tls_port,
                                         "TCP port for TLS (secure WebSocket, HTTPS); 0: the "
                                         "system chooses");
  auto* const certificate = sub->add_option("--certificate", options->certificate_path,
                                            "Certificate chain for TLS in PEM; without it a new "
                                            "one is made")
                                ->needs(tls_port);
  certificate->needs(sub->add_option("--certificate-key", options->certificate_key_path,
                                     "The certificate's private key in PEM")
                         ->needs(certificate));
  sub->add_option("--write-certificate", options->write_certificate_path,
                  "Write the certificate (PEM) to this file")
      ->needs(tls_port);
  sub->add_flag("--json", options->json, "Print one JSON object a line, for machines");
  sub->add_flag("--quiet", options->quiet, "Do not print what clients do");
  sub->footer(
      "Ctrl-C ends it. Examples:\n"
      "  corogram serve --port 4430 --write-public-key dc.pem\n"
      "  corogram serve --json --strictness record\n"
      "  corogram serve --port 4430 --secret dd00112233445566778899aabbccddeeff\n"
      "  corogram serve --port 4430 --tls-port 4431 --write-certificate tls.pem\n");
  sub->callback([options, &chosen] { chosen = [options] { return serve(*options); }; });
}

}  // namespace corogram::tools
