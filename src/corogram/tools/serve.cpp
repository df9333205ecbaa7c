// corogram serve: the test data centre for foreign clients.

#include <corogram/core/hex.hpp>
#include <corogram/crypto/system_random.hpp>
#include <corogram/testdc/auth_key_file.hpp>
#include <corogram/testdc/server.hpp>
#include <corogram/tools/commands.hpp>
#include <corogram/tools/event_line.hpp>
#include <corogram/tools/exit_code.hpp>
#include <corogram/tools/files.hpp>

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
#include <sstream>

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

/// What a client has to know before it can connect.
void print_banner(const serve_options& options, const asio::ip::tcp::endpoint& endpoint,
                  const crypto::rsa_public_key& key) {
  const std::string address = endpoint.address().to_string();
  if (options.json) {
    std::cout << "{\"address\":" << json_string(address) << ",\"port\":" << endpoint.port()
              << ",\"dc\":" << options.dc
              << ",\"test_mode\":" << (options.test_mode ? "true" : "false")
              << ",\"public_key_pem\":" << json_string(key.to_pem())
              << ",\"public_key_pkcs1_pem\":" << json_string(key.to_pkcs1_pem())
              << ",\"modulus\":" << json_string(core::to_hex(key.modulus()))
              << ",\"exponent\":" << json_string(core::to_hex(key.exponent()))
              << ",\"fingerprint\":" << json_string(fingerprint_hex(key.fingerprint()))
              << ",\"fingerprint_signed\":" << json_string(std::to_string(key.fingerprint())) << "}"
              << std::endl;
    return;
  }
  std::cout << "address      " << address << ':' << endpoint.port() << '\n'
            << "dc           " << options.dc << (options.test_mode ? " (test)" : "") << '\n'
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

testdc::server_options make_server_options(const serve_options& options,
                                           crypto::rsa_private_key key) {
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
  testdc::server_options server_options = make_server_options(options, std::move(key));
  server_options.observer = event_printer(options);
  testdc::server server(context.get_executor(), std::move(server_options), clock, random);
  if (!options.auth_keys_path.empty())
    add_auth_keys(server.center().protocol(), options.auth_keys_path, clock.now());

  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](std::error_code failure, int) {
    if (!failure) server.stop();
  });
  print_banner(options, server.endpoint(), public_key);
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
  sub->add_flag("--json", options->json, "Print one JSON object a line, for machines");
  sub->add_flag("--quiet", options->quiet, "Do not print what clients do");
  sub->footer(
      "Ctrl-C ends it. Examples:\n"
      "  corogram serve --port 4430 --write-public-key dc.pem\n"
      "  corogram serve --json --strictness record\n");
  sub->callback([options, &chosen] { chosen = [options] { return serve(*options); }; });
}

}  // namespace corogram::tools
