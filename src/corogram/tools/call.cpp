// corogram call: one API call to any MTProto server, the answer printed as JSON.

#include <corogram/api/fwd.hpp>
#include <corogram/crypto/system_random.hpp>
#include <corogram/rpc/connection.hpp>
#include <corogram/tl/print.hpp>
#include <corogram/tools/commands.hpp>
#include <corogram/tools/exit_code.hpp>
#include <corogram/tools/files.hpp>
#include <corogram/tools/transport_option.hpp>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace corogram::tools {
namespace {

struct call_options {
  std::string address;
  std::string key_path;
  std::string method;
  std::string arguments = "{}";
  std::int32_t dc = 2;
  bool test_mode = false;
  std::string framing = "intermediate";
  bool obfuscated = false;
  bool forward_secrecy = false;
  std::string carrier = "tcp";
  std::string secret;
  std::string proxy;
  std::string certificate_path;
  bool any_certificate = false;
  std::size_t max_padding = transport::default_max_padding;
  double timeout_seconds = 15;
  bool verbose = false;
};

rpc::options make_options(const call_options& options) {
  rpc::options made;
  use_server(made, options.address);
  if (!options.secret.empty()) use_secret(made, options.secret);
  made.public_keys.push_back(read_public_key(options.key_path));
  made.dc_id = options.dc;
  made.test_mode = options.test_mode;
  made.framing = framing_by_name(options.framing);
  use_carrier(made, options.carrier);
  if (!options.proxy.empty()) use_proxy(made, options.proxy);
  if (made.tls) {
    made.tls->verify = !options.any_certificate;
    if (!options.certificate_path.empty())
      made.tls->certificates_pem = core::as_text(read_file(options.certificate_path).view());
  }
  made.obfuscated = options.obfuscated;
  made.forward_secrecy = options.forward_secrecy;
  made.max_padding = options.max_padding;
  made.max_attempts = 1;
  made.request_timeout = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(options.timeout_seconds));
  made.connect_timeout = made.request_timeout;
  made.handshake_timeout = made.request_timeout;
  return made;
}

/// The serialised call. Throws file_error with the place in the JSON text.
core::byte_buffer make_query(const call_options& options) {
  if (api::tables().find_function(options.method) == nullptr)
    throw file_error(options.method + ": layer " + std::to_string(api::tables().layer) +
                     " has no such method (names are as in the schema: help.getConfig)");
  tl::json_failure failure;
  auto query = tl::from_json(api::tables(), options.method, options.arguments,
                             {.inner = nullptr, .failure = &failure});
  if (!query) throw file_error("parameters of " + options.method + ": " + failure.message);
  return *std::move(query);
}

core::result<std::string> answer_to_json(const std::string& method, core::byte_view answer) {
  const tl::tables& schema = api::tables();
  return tl::to_json(schema, schema.result_of(*schema.find_function(method)), answer,
                     {.inner = nullptr, .indent = 2, .longest_bytes = 64});
}

void print_stage(const rpc::stage& stage) {
  std::cerr << rpc::to_string(stage.kind);
  if (!stage.what.empty()) std::cerr << "  " << stage.what;
  if (stage.failure) std::cerr << "  " << stage.failure.message();
  std::cerr << '\n';
}

/// Makes the call and prints what comes of it; returns an exit_code.
asio::awaitable<int> perform(const call_options& options, core::byte_buffer query,
                             const core::clock& clock, core::random_source& random) {
  rpc::hooks hooks;
  if (options.verbose) hooks.on_stage = print_stage;
  const auto executor = co_await asio::this_coro::executor;
  rpc::connection server(executor, make_options(options), clock, random, hooks);

  rpc::rpc_error details;
  std::error_code failure;
  const rpc::request_options how;
  const core::byte_buffer answer = co_await server.async_invoke_bytes(
      std::move(query), how, details, asio::redirect_error(asio::use_awaitable, failure));
  co_await server.async_close();

  if (failure.category() == rpc::api_category()) {
    std::cerr << "corogram: " << options.method << " was answered with RPC error " << details.code
              << ' ' << details.message << '\n';
    co_return exit_rpc_error;
  }
  if (failure) {
    std::cerr << "corogram: " << options.address << ": " << failure.category().name() << ": "
              << failure.message() << '\n';
    co_return exit_failure;
  }
  const auto json = answer_to_json(options.method, answer);
  if (!json) {
    std::cerr << "corogram: the answer cannot be read: " << json.error().message() << '\n';
    co_return exit_failure;
  }
  std::cout << *json << '\n';
  co_return exit_success;
}

int call(const call_options& options) {
  core::byte_buffer query = make_query(options);
  asio::io_context context(1);
  const core::system_clock clock;
  crypto::system_random random;
  int code = exit_failure;
  std::exception_ptr thrown;
  asio::co_spawn(context, perform(options, std::move(query), clock, random),
                 [&](std::exception_ptr error, int result) {
                   thrown = error;
                   code = result;
                 });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return code;
}

}  // namespace

void add_call(CLI::App& app, command& chosen) {
  auto options = std::make_shared<call_options>();
  CLI::App* const sub = app.add_subcommand("call", "Make one API call and print its answer");
  sub->add_option("address", options->address,
                  "HOST:PORT of the server, or a tg://proxy or t.me/proxy link to an MTProxy")
      ->required();
  sub->add_option("method", options->method, "Full name of the method, as in the schema")
      ->required();
  sub->add_option("arguments", options->arguments, "Its parameters as a JSON object");
  sub->add_option("--key", options->key_path, "The server's RSA public key in PEM")->required();
  sub->add_option("--dc", options->dc, "Number of the data centre")->capture_default_str();
  sub->add_flag("--test", options->test_mode, "It is a test data centre");
  sub->add_option("--transport", options->carrier,
                  "What carries the packets: tcp, websocket, wss (in TLS), http, https")
      ->capture_default_str()
      ->check(CLI::IsMember(std::vector<std::string>(carriers.begin(), carriers.end())));
  sub->add_option("--framing", options->framing, "How to cut a byte stream into packets")
      ->capture_default_str()
      ->check(CLI::IsMember({"abridged", "intermediate", "padded_intermediate", "full"}));
  sub->add_flag("--obfuscated", options->obfuscated, "Hide the framing");
  sub->add_flag("--pfs", options->forward_secrecy,
                "Call under a temporary key that is bound to the permanent one");
  sub->add_option("--secret", options->secret, "The server is an MTProxy with this secret");
  sub->add_option("--proxy", options->proxy,
                  "Go by way of socks5://[USER:PASSWORD@]HOST:PORT or "
                  "http://[USER:PASSWORD@]HOST:PORT (CONNECT)");
  sub->add_option("--certificate", options->certificate_path,
                  "For wss and https: a certificate in PEM that is trusted besides the system's");
  sub->add_flag("--any-certificate", options->any_certificate,
                "For wss and https: trust every certificate");
  sub->add_option(
         "--max-padding", options->max_padding,
         "Random bytes behind a packet of padded_intermediate; servers that take a frame's "
         "length modulo 4 for the padding need 3 or less")
      ->capture_default_str()
      ->check(CLI::Range(0, 15));
  sub->add_option("--timeout", options->timeout_seconds, "Seconds until the call is given up")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  sub->add_flag("--verbose,-v", options->verbose, "Print each stage to standard error");
  sub->footer(
      "Examples:\n"
      "  corogram call 127.0.0.1:4430 help.getConfig --key dc.pem\n"
      "  corogram call 127.0.0.1:4430 help.getAppConfig '{\"hash\": 0}' --key dc.pem -v\n"
      "  corogram call 127.0.0.1:4431 help.getConfig --key dc.pem --transport wss "
      "--certificate tls.pem\n"
      "  corogram call 'tg://proxy?server=127.0.0.1&port=4430&secret=dd0011...' help.getConfig "
      "--key dc.pem\n"
      "  corogram call 127.0.0.1:4430 help.getConfig --key dc.pem --proxy "
      "socks5://user:password@127.0.0.1:1080\n");
  sub->callback([options, &chosen] { chosen = [options] { return call(*options); }; });
}

}  // namespace corogram::tools
