#pragma once

// What is written for a schema `service` into the folder corogram/service:
//
//   types/Pong.hpp          one abstract type with its constructors (types/help/AppConfig.hpp)
//   functions/ping.hpp      one function (functions/help/getConfig.hpp)
//   types.hpp, functions.hpp, help.hpp   those without a namespace; those of one namespace
//   service.hpp             everything
//   fwd.hpp                 what every other header includes
//   tables.cpp              the tables
//   layout_test.cpp         for the test suite: offsets in the tables against offsetof
//
// and for the older forms of declarations of a schema `api`, into corogram/older_api:
//
//   older_api.hpp, older_api.cpp   tables without structs, one for each layer that was the last to
//                                  have some of them

#include "model.hpp"
#include "output.hpp"

namespace corogram::generator {

void write_headers(const model& schema, output& files);
void write_tables(const model& schema, output& files);
void write_layers(const std::vector<model>& layers, output& files);
void write_layout_test(const model& schema, output& files);

/// type_header and function_header are the paths, from the include root, of generated headers.
[[nodiscard]] std::string type_header(const model& schema, const abstract_type& type);
[[nodiscard]] std::string function_header(const model& schema, const declaration& function);

}  // namespace corogram::generator
