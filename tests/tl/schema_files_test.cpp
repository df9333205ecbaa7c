#include "schema_text.hpp"

#include <corogram/tl/check.hpp>
#include <corogram/tl/number.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace corogram::tl {
namespace {

constexpr const char* schema_names[] = {"mtproto.tl", "api.tl", "layers/older.tl"};

std::vector<const combinator*> all_of(const schema& whole) {
  std::vector<const combinator*> all;
  for (const combinator& one : whole.constructors) all.push_back(&one);
  for (const combinator& one : whole.functions) all.push_back(&one);
  return all;
}

std::vector<std::vector<std::string>> rows_of(const std::string& file) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(schema_file(file));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) rows.back().push_back(cell);
  }
  return rows;
}

struct exception {
  std::uint32_t written;
  std::uint32_t computed;
};

TEST(SchemaFiles, EveryNumberIsComputedButForTheListedExceptions) {
  std::map<std::pair<std::string, std::string>, exception> exceptions;
  for (const auto& row : rows_of("exceptions.tsv")) {
    ASSERT_EQ(row.size(), 5u);
    EXPECT_FALSE(row[4].empty()) << "no reason for " << row[1];
    exceptions[{row[0], row[1]}] = {
        static_cast<std::uint32_t>(std::stoul(row[2], nullptr, 16)),
        static_cast<std::uint32_t>(std::stoul(row[3], nullptr, 16)),
    };
  }
  EXPECT_EQ(exceptions.size(), 1u);
  for (const char* name : schema_names) {
    const schema whole = parsed(schema_file(name));
    for (const combinator* one : all_of(whole)) {
      const auto found = exceptions.find({name, one->name});
      if (found == exceptions.end()) {
        EXPECT_EQ(one->id, one->computed_id) << name << ": " << canonical_line(*one);
      } else {
        EXPECT_EQ(one->id, found->second.written);
        EXPECT_EQ(one->computed_id, found->second.computed);
        exceptions.erase(found);
      }
    }
  }
  EXPECT_TRUE(exceptions.empty()) << "an exception that no declaration needs";
}

// The API has numbers that the text on combinators rules out: CRC32 gave them, nobody changed them.
//= TL-30 test
TEST(SchemaFiles, NumbersOutsideTheRangeOfCombinatorsAreKnownByName) {
  std::set<std::string> outside;
  for (const char* name : schema_names) {
    const schema whole = parsed(schema_file(name));
    for (const combinator* one : all_of(whole)) {
      if (!is_combinator_number(one->id)) outside.insert(one->name);
    }
  }
  EXPECT_EQ(outside, (std::set<std::string>{
                         "auth.sentCodeTypeFirebaseSms",
                         "help.peerColors",
                         "inputRichMessageMarkdown",
                         "securePasswordKdfAlgoUnknown",
                         "secureValueErrorFrontSide",
                         "storage.fileJpeg",
                         "updateTranscribedAudio",
                         "updates.difference",
                         "userStatusOffline",
                     }));
}

TEST(SchemaFiles, EveryTypeIsDeclared) {
  const schema service = parsed(schema_file("mtproto.tl"));
  const schema api = parsed(schema_file("api.tl"));
  const std::string older_text = schema_file("layers/older.tl");
  const schema older = parsed(older_text);
  const schema* base[] = {&api};
  EXPECT_TRUE(check_types(service).has_value());
  EXPECT_TRUE(check_types(api).has_value());
  const auto outcome = check_types(older, base);
  EXPECT_TRUE(outcome.has_value()) << describe(older_text, outcome.error(), "older.tl");
}

TEST(SchemaFiles, TheApiIsOfLayer227) {
  const schema api = parsed(schema_file("api.tl"));
  EXPECT_EQ(api.layer, 227u);
  EXPECT_EQ(api.constructors.size(), 1620u);
  EXPECT_EQ(api.functions.size(), 790u);
  // Of another layer, of another project, and what the official schema has though the source of
  // the import lacks it.
  for (const char* name : {"updateChannelPinnedTopic", "updateChannelPinnedTopics"}) {
    EXPECT_EQ(api.find_constructor(name), nullptr) << name;
  }
  for (const char* name :
       {"createForumTopic", "deleteTopicHistory", "editCreator", "editForumTopic", "getForumTopics",
        "getForumTopicsByID", "reorderPinnedForumTopics", "updatePinnedForumTopic"}) {
    EXPECT_EQ(api.find_function(std::string("channels.") + name), nullptr) << name;
  }
  for (const combinator* one : all_of(api)) EXPECT_NE(name_namespace(one->name), "mtcute");
  for (const char* name : {"boolFalse", "boolTrue", "null", "true", "vector"}) {
    EXPECT_NE(api.find_constructor(name), nullptr) << name;
  }
}

TEST(SchemaFiles, TheApiIsSorted) {
  const schema api = parsed(schema_file("api.tl"));
  const auto key = [](std::string_view name) {
    return std::pair(name_namespace(name), name_local(name));
  };
  EXPECT_TRUE(std::ranges::is_sorted(api.constructors, {}, [&](const combinator& one) {
    return std::pair(key(one.result.name), key(one.name));
  }));
  EXPECT_TRUE(std::ranges::is_sorted(api.functions, {},
                                     [&](const combinator& one) { return key(one.name); }));
}

//= SCH-02 test
//= SCH-03 test
//= SCH-04 test
TEST(SchemaFiles, TheServiceSchemaTellsBoxedVectorsFromBareOnes) {
  const schema whole = parsed(schema_file("mtproto.tl"));
  const auto vector_of = [&](std::string_view name, std::string_view field_name) {
    return whole.find_constructor(name)->find_field(field_name)->type;
  };
  for (const auto& [name, field_name] :
       std::vector<std::pair<const char*, const char*>>{{"resPQ", "server_public_key_fingerprints"},
                                                        {"msgs_ack", "msg_ids"},
                                                        {"msg_resend_req", "msg_ids"},
                                                        {"msgs_state_req", "msg_ids"},
                                                        {"msgs_all_info", "msg_ids"}}) {
    const expression boxed = vector_of(name, field_name);
    EXPECT_EQ(boxed.kind, expression_kind::type) << name;
    EXPECT_EQ(boxed.name, "Vector") << name;
    EXPECT_TRUE(boxed.arguments.at(0).is("long")) << name;
  }
  const expression salts = vector_of("future_salts", "salts");
  EXPECT_EQ(salts.kind, expression_kind::constructor);
  EXPECT_TRUE(salts.arguments.at(0).is("future_salt"));
  const expression messages = vector_of("msg_container", "messages");
  EXPECT_EQ(messages.kind, expression_kind::constructor);
  EXPECT_TRUE(messages.arguments.at(0).percent);
  EXPECT_EQ(messages.arguments.at(0).name, "Message");
  EXPECT_EQ(bare_constructor(whole, messages.arguments.at(0)), whole.find_constructor("message"));
}

TEST(SchemaFiles, OlderFormsBelongToNamesOfTheApiAndDiffer) {
  const schema api = parsed(schema_file("api.tl"));
  const schema older = parsed(schema_file("layers/older.tl"));
  std::set<std::uint32_t> ids;
  for (const combinator* one : all_of(older)) {
    EXPECT_GT(one->until_layer, 0u) << one->name;
    EXPECT_LT(one->until_layer, api.layer) << one->name;
    const combinator* now =
        one->is_function ? api.find_function(one->name) : api.find_constructor(one->name);
    ASSERT_NE(now, nullptr) << one->name;
    EXPECT_NE(one->id, now->id) << one->name;
  }
  const auto form_in = [&](std::string_view name, std::uint32_t layer) {
    const combinator* form = nullptr;
    for (const combinator& one : older.constructors) {
      if (one.name != name || one.until_layer < layer) continue;
      if (form == nullptr || one.until_layer < form->until_layer) form = &one;
    }
    return form == nullptr ? api.find_constructor(name)->id : form->id;
  };
  // What clients in use carry for their layer.
  EXPECT_EQ(form_in("config", 144), 0x330b4067u);
  EXPECT_EQ(form_in("config", 158), 0xcc1a241eu);
  EXPECT_EQ(form_in("user", 144), 0x3ff6ecb0u);
  EXPECT_EQ(form_in("user", 158), 0x8f97c628u);
  EXPECT_EQ(form_in("user", 198), 0x4b46c37eu);
  EXPECT_EQ(form_in("user", 216), 0x020b1422u);
  EXPECT_EQ(form_in("user", 227), 0x31774388u);
  EXPECT_EQ(form_in("auth.authorization", 144), 0x33fb7bb8u);
  EXPECT_EQ(form_in("auth.authorization", 158), 0x2ea2c0d4u);
}

TEST(SchemaFiles, ErrorsHaveACodeANameAndMethodsOfTheApi) {
  const schema api = parsed(schema_file("api.tl"));
  std::set<std::string> functions;
  for (const combinator& one : api.functions) functions.insert(one.name);
  std::set<std::pair<int, std::string>> seen;
  for (const auto& row : rows_of("errors.tsv")) {
    ASSERT_TRUE(row.size() == 2 || row.size() == 3) << row.at(0);
    const int code = std::stoi(row[0]);
    EXPECT_TRUE(code == -503 || code == -500 || code == 303 || (code >= 400 && code <= 500))
        << code;
    EXPECT_TRUE(seen.emplace(code, row[1]).second) << row[1];
    if (row.size() < 3) continue;
    std::istringstream methods(row[2]);
    for (std::string method; std::getline(methods, method, ',');) {
      EXPECT_TRUE(functions.contains(method)) << method;
    }
  }
  EXPECT_TRUE(seen.contains({420, "FLOOD_WAIT_%d"}));
  EXPECT_TRUE(seen.contains({303, "PHONE_MIGRATE_%d"}));
  EXPECT_TRUE(seen.contains({401, "AUTH_KEY_UNREGISTERED"}));
}

}  // namespace
}  // namespace corogram::tl
