#include <corogram/api/fwd.hpp>
#include <corogram/older_api/older_api.hpp>
#include <corogram/samples/fwd.hpp>
#include <corogram/service/fwd.hpp>
#include <corogram/tl/box.hpp>
#include <corogram/tl/interpreter.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace corogram::tl {
namespace {

const tables* const all[] = {&api::tables(), &samples::tables(), &service::tables()};

TEST(tables, find_everything_by_number_and_by_name) {
  for (const tables* schema : all) {
    for (const combinator_row& row : schema->combinators) {
      EXPECT_EQ(schema->find(row.id), &row);
      const std::string_view name = schema->name_of(row);
      EXPECT_EQ(row.is_function ? schema->find_function(name) : schema->find_constructor(name),
                &row);
      EXPECT_EQ(row.is_function, schema->index_of(row) >= schema->constructor_count);
    }
    for (const type_row& type : schema->types) {
      EXPECT_EQ(schema->find_type(schema->name_of(type)), &type);
      for (const combinator_row& row : schema->constructors_of(type))
        EXPECT_EQ(&schema->type_of(row), &type);
    }
  }
}

TEST(tables, find_nothing_for_other_numbers_and_names) {
  for (const tables* schema : all) {
    for (const std::uint32_t id : {0U, 1U, 0xffffffffU, 0xdeadbeefU})
      EXPECT_EQ(schema->find(id), nullptr);
    for (const char* name : {"", "a", "zzz", "Zzz", "help.", ".help"}) {
      EXPECT_EQ(schema->find_constructor(name), nullptr);
      EXPECT_EQ(schema->find_function(name), nullptr);
      EXPECT_EQ(schema->find_type(name), nullptr);
    }
  }
  EXPECT_EQ(no_tables().find(0), nullptr);
}

TEST(tables, tell_the_shape_of_a_declaration) {
  const tables& schema = service::tables();
  EXPECT_EQ(schema.schema_name, "service");
  const combinator_row* ping = schema.find_function("ping_delay_disconnect");
  ASSERT_NE(ping, nullptr);
  EXPECT_EQ(ping->id, 0xf3427b8cU);
  EXPECT_EQ(ping->size, 16U);
  EXPECT_EQ(ping->min_wire_size, 12U);
  const auto fields = schema.fields_of(*ping);
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(schema.name_of(fields[1]), "disconnect_delay");
  EXPECT_EQ(fields[1].offset, 8U);
  EXPECT_EQ(fields[1].value.kind, value_kind::int32);
  const value_type result = schema.result_of(*ping);
  EXPECT_EQ(result.kind, value_kind::box);
  EXPECT_EQ(schema.name_of(schema.types[result.type]), "Pong");
}

TEST(tables, know_the_layer_and_the_wrappers_of_the_api) {
  const tables& schema = api::tables();
  EXPECT_EQ(schema.layer, 227U);
  ASSERT_NE(schema.find_function("invokeWithLayer"), nullptr);
  EXPECT_TRUE(schema.find_function("invokeWithLayer")->is_wrapper);
  EXPECT_FALSE(schema.find_function("help.getConfig")->is_wrapper);
  EXPECT_EQ(schema.find_function("help.getConfig")->id, 0xc4f9186bU);
}

TEST(tables, sizes_are_those_of_the_runtime_types) {
  for (const tables* schema : all) {
    for (const combinator_row& row : schema->combinators) {
      std::size_t end = 0;
      std::size_t least = 0;
      for (const field_row& field : schema->fields_of(row)) {
        EXPECT_TRUE(field.value.kind == value_kind::presence || field.offset >= end);
        end = std::max(end, field.offset + schema->size_of(field.value));
        if (!field.is_conditional()) least += schema->min_wire_size_of(field.value);
      }
      EXPECT_LE(end, row.size) << schema->name_of(row);
      EXPECT_EQ(least, row.min_wire_size) << schema->name_of(row);
    }
  }
}

TEST(tables, of_older_layers_hold_the_older_forms_by_the_same_names) {
  std::uint32_t before = 0;
  for (const older_layer& layer : older_api::layers()) {
    EXPECT_LT(before, layer.until);
    before = layer.until;
    EXPECT_EQ(layer.schema->layer, layer.until);
    for (const combinator_row& row : layer.schema->combinators) {
      const std::string_view name = layer.schema->name_of(row);
      const combinator_row* newest = row.is_function ? api::tables().find_function(name)
                                                     : api::tables().find_constructor(name);
      ASSERT_NE(newest, nullptr) << name;
      EXPECT_NE(newest->id, row.id) << name;
      EXPECT_EQ(layer.schema->find(row.id), &row);
    }
  }
  const older_layer& oldest = older_api::layers().front();
  const combinator_row* config = oldest.schema->find_constructor("config");
  ASSERT_NE(config, nullptr);
  EXPECT_EQ(config->id, 0x330b4067U);
  EXPECT_EQ(oldest.schema->name_of(oldest.schema->type_of(*config)), "Config");
  for (const field_row& field : oldest.schema->fields_of(*config)) {
    if (oldest.schema->name_of(field) != "dc_options") continue;
    const value_type element = oldest.schema->values[field.value.type];
    EXPECT_EQ(element.kind, value_kind::box);
    EXPECT_EQ(oldest.schema->name_of(oldest.schema->types[element.type]), "DcOption");
    EXPECT_TRUE(oldest.schema->constructors_of(oldest.schema->types[element.type]).empty());
  }
}

// The limit on memory is a matter of hostile input only: the shortest object of each kind, repeated
// for ever in a vector, stays below it.
TEST(tables, no_object_grows_beyond_the_limit) {
  for (const tables* schema : all) {
    double worst = 0;
    std::string_view name;
    for (const combinator_row& row : schema->combinators) {
      const double memory = sizeof(detail::box_base) + (row.fits_box ? 0 : row.size);
      const double growth = memory / (4 + row.min_wire_size);
      if (growth > worst) name = schema->name_of(row);
      worst = std::max(worst, growth);
    }
    RecordProperty(std::string(schema->schema_name), std::string(name));
    EXPECT_LT(worst, static_cast<double>(max_growth)) << name;
  }
}

}  // namespace
}  // namespace corogram::tl
