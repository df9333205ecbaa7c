// corogram demo: a test data centre and a client in one process, over loopback TCP, each stage of
// the exchange printed with its time, over each transport.

#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/types/Config.hpp>
#include <corogram/api/types/DcOption.hpp>
#include <corogram/crypto/certificate.hpp>
#include <corogram/crypto/system_random.hpp>
#include <corogram/rpc/connection.hpp>
#include <corogram/testdc/server.hpp>
#include <corogram/tools/commands.hpp>
#include <corogram/tools/event_line.hpp>
#include <corogram/tools/exit_code.hpp>
#include <corogram/tools/transport_option.hpp>
#include <corogram/transport/fake_tls_hello.hpp>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace corogram::tools {
namespace {

struct demo_options {
  /// Empty: all of them.
  std::string framing;
  bool brief = false;
};

/// One way to speak, and how it went.
struct demo_run {
  transport::framing framing{};
  bool obfuscated = false;
  transport::carrier_kind carrier{};
  bool tls = false;
  /// Of an MTProxy; empty: none.
  std::string secret;
  std::chrono::nanoseconds key_agreed{};
  std::chrono::nanoseconds answered{};
  /// Empty: as it should.
  std::string failure;

  [[nodiscard]] std::string name() const {
    std::string text(transport::to_string(framing));
    if (obfuscated) text += ", obfuscated";
    if (carrier == transport::carrier_kind::websocket) text += " over WebSocket";
    if (tls) text += " in TLS";
    if (!secret.empty()) text += secret.starts_with("ee") ? " in fake TLS" : ", MTProxy";
    return text;
  }
};

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// Prints what both sides report, in the order in which it happened.
class narrator {
 public:
  narrator(const core::clock& clock, bool silent) : clock_(clock), silent_(silent) {}

  void begin() { started_ = clock_.now().steady; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const { return clock_.now().steady - started_; }

  void client(const rpc::stage& stage) const {
    std::string text(rpc::to_string(stage.kind));
    if (!stage.what.empty()) text += "  " + stage.what;
    if (stage.failure) text += "  " + stage.failure.message();
    line("client", text);
  }

  void server(const testdc::server_event& event) const {
    if (const auto described = describe(event)) line("server", to_text(*described));
  }

 private:
  void line(const char* side, const std::string& text) const {
    if (!silent_) std::printf("%9.3f ms  %s  %s\n", milliseconds(elapsed()), side, text.c_str());
  }

  const core::clock& clock_;
  bool silent_;
  std::chrono::nanoseconds started_{};
};

/// Every way to speak that the demo shows.
std::vector<demo_run> all_runs() {
  std::vector<demo_run> runs;
  const auto add = [&runs](transport::framing framing) -> demo_run& {
    runs.emplace_back().framing = framing;
    return runs.back();
  };
  for (const transport::framing framing : framings)
    for (const bool obfuscated : {false, true}) add(framing).obfuscated = obfuscated;
  for (const bool tls : {false, true}) {
    demo_run& run = add(transport::framing::intermediate);
    run.carrier = transport::carrier_kind::websocket;
    run.tls = tls;
  }
  add(transport::framing::http);
  const std::string sixteen_bytes = "00112233445566778899aabbccddeeff";
  add(transport::framing::padded_intermediate).secret = "dd" + sixteen_bytes;
  // The domain name is example.org.
  add(transport::framing::padded_intermediate).secret =
      "ee" + sixteen_bytes + "6578616d706c652e6f7267";
  return runs;
}

testdc::server_options make_server_options(const crypto::rsa_private_key& key, narrator& observer,
                                           const demo_run& run, core::instant now) {
  testdc::server_options options;
  if (run.tls) {
    crypto::certificate certificate = crypto::make_certificate("127.0.0.1", now);
    options.tls.emplace();
    options.tls->certificates_pem = std::move(certificate.pem);
    options.tls->private_key_pem = std::move(certificate.private_key_pem);
  }
  if (!run.secret.empty()) {
    transport::secret_list secrets;
    secrets.push_back(*transport::proxy_secret::from_text(run.secret));
    options.transport.secrets = std::make_shared<const transport::secret_list>(std::move(secrets));
    options.transport.hellos = std::make_shared<transport::hello_memory>();
  }
  options.protocol.exchange.keys.push_back(
      *crypto::rsa_private_key::from_pem(core::as_text(key.to_pem().view())));
  options.protocol.exchange.report_stages = true;
  options.observer = [&observer](const testdc::server_event& event) { observer.server(event); };
  return options;
}

rpc::options make_client_options(const crypto::rsa_public_key& key, const testdc::server& server,
                                 const std::string& certificate_pem, const demo_run& run) {
  rpc::options options;
  const auto endpoint = run.tls ? server.tls_endpoint() : server.endpoint();
  options.endpoints.emplace_back("127.0.0.1", endpoint.port());
  options.carrier = run.carrier;
  if (run.tls) options.tls.emplace().certificates_pem = certificate_pem;
  if (!run.secret.empty()) options.secret = *transport::proxy_secret::from_text(run.secret);
  options.public_keys.push_back(key);
  options.framing = run.framing;
  options.obfuscated = run.obfuscated;
  options.max_attempts = 1;
  return options;
}

/// What the answer has to be; empty if it is.
std::string check_config(const api::config* config, std::uint16_t port) {
  if (config == nullptr) return "help.getConfig was not answered with a config";
  if (config->this_dc != 2) return "the config names another data centre";
  for (const auto& option : config->dc_options) {
    const auto* const dc = option.get_if<api::dcOption>();
    if (dc != nullptr && dc->id == config->this_dc && dc->port == port) return {};
  }
  return "the config does not list the address that answered";
}

// g++ 12 takes the operators new and delete of Asio's coroutine frames for a mismatch when it
// inlines one of them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
/// Everything that is to be seen: connect, agree on a key, call, close.
asio::awaitable<void> play(const crypto::rsa_private_key& key, const core::clock& clock,
                           core::random_source& random, narrator& tell, demo_run& run) {
  const auto executor = co_await asio::this_coro::executor;
  testdc::server_options server_options = make_server_options(key, tell, run, clock.now());
  const std::string certificate = run.tls ? server_options.tls->certificates_pem : "";
  testdc::server server(executor, std::move(server_options), clock, random);
  bool server_ended = false;
  asio::co_spawn(executor, server.run(), [&](std::exception_ptr) { server_ended = true; });

  const std::uint16_t port = server.endpoint().port();
  rpc::hooks hooks;
  hooks.on_stage = [&](const rpc::stage& stage) {
    if (stage.kind == rpc::stage_kind::key_agreed) run.key_agreed = tell.elapsed();
    tell.client(stage);
  };
  rpc::options options = make_client_options(key.public_key(), server, certificate, run);
  rpc::connection client(executor, std::move(options), clock, random, hooks);
  try {
    const api::help::getConfig request;
    const auto config = co_await client.invoke(request);
    run.answered = tell.elapsed();
    run.failure = check_config(config->get_if<api::config>(), port);
  } catch (const std::exception& error) {
    run.failure = error.what();
  }
  co_await client.async_close();
  server.stop();
  while (!server_ended) co_await asio::post(executor, asio::use_awaitable);
}
#pragma GCC diagnostic pop

demo_run perform(demo_run run, const crypto::rsa_private_key& key, bool brief) {
  asio::io_context context(1);
  const core::system_clock clock;
  crypto::system_random random;
  narrator tell(clock, brief);
  if (!brief) std::printf("\n%s\n", run.name().c_str());
  std::fflush(stdout);
  tell.begin();
  std::exception_ptr failure;
  asio::co_spawn(context, play(key, clock, random, tell, run),
                 [&](std::exception_ptr thrown) { failure = thrown; });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return run;
}

void print_table(const std::vector<demo_run>& runs) {
  std::printf("\n%-40s %14s %14s  %s\n", "transport", "key agreed", "answered", "verdict");
  for (const demo_run& run : runs)
    std::printf("%-40s %11.3f ms %11.3f ms  %s\n", run.name().c_str(), milliseconds(run.key_agreed),
                milliseconds(run.answered), run.failure.empty() ? "ok" : run.failure.c_str());
}

int demo(const demo_options& options) {
  const crypto::rsa_private_key key = crypto::rsa_private_key::generate();
  std::vector<demo_run> runs;
  for (const demo_run& run : all_runs()) {
    if (!options.framing.empty() && transport::to_string(run.framing) != options.framing) continue;
    runs.push_back(perform(run, key, options.brief));
  }
  print_table(runs);
  for (const demo_run& run : runs)
    if (!run.failure.empty()) return exit_failure;
  return exit_success;
}

}  // namespace

void add_demo(CLI::App& app, command& chosen) {
  auto options = std::make_shared<demo_options>();
  CLI::App* const sub = app.add_subcommand(
      "demo", "Show a whole exchange, client and server, step by step, over each transport");
  sub->add_option("--framing", options->framing, "Only this one")
      ->check(CLI::IsMember({"abridged", "intermediate", "padded_intermediate", "full"}));
  sub->add_flag("--brief", options->brief, "Print the table at the end only");
  sub->footer(
      "Examples:\n"
      "  corogram demo\n"
      "  corogram demo --framing abridged\n");
  sub->callback([options, &chosen] { chosen = [options] { return demo(*options); }; });
}

}  // namespace corogram::tools
