#pragma once

// How the executable ends, as `corogram --help` documents it.

namespace corogram::tools {

enum exit_code : int {
  exit_success = 0,
  /// What was asked for failed: no connection, a bad answer, a check that did not hold.
  exit_failure = 1,
  /// The command line, or a file that it names, is wrong.
  exit_usage = 2,
  /// The server answered the call with an RPC error.
  exit_rpc_error = 3,
};

}  // namespace corogram::tools
