#pragma once

// Certificates for TLS servers that nobody but their own clients has to trust: those of tests.

#include <corogram/core/clock.hpp>
#include <corogram/core/secret.hpp>

#include <string>

namespace corogram::crypto {

/// A certificate and the key that it is about, both in PEM.
struct certificate {
  std::string pem;
  core::secret_buffer private_key_pem;
};

/// make_certificate makes a new key on the curve P-256 and a certificate that it signs itself,
/// valid from a day before `now` for a year. `host` is the name or the IP address that clients
/// connect to. Pre: `host` is one of the two; 64 bytes at most.
certificate make_certificate(const std::string& host, core::instant now);

}  // namespace corogram::crypto
