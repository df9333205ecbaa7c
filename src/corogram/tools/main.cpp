#include <corogram/tools/commands.hpp>
#include <corogram/tools/exit_code.hpp>
#include <corogram/tools/files.hpp>

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  using namespace corogram::tools;

  CLI::App app("corogram: MTProto 2.0, client and server", "corogram");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 success, 1 failure, 2 wrong command line or file, 3 the call was answered "
      "with "
      "an RPC error.");

  command chosen;
  add_demo(app, chosen);
  add_serve(app, chosen);
  add_call(app, chosen);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_success : exit_usage;
  }
  try {
    return chosen();
  } catch (const file_error& error) {
    std::cerr << "corogram: " << error.what() << '\n';
    return exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "corogram: " << error.what() << '\n';
    return exit_failure;
  }
}
