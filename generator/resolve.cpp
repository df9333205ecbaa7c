// From the tree of a schema to the model: look up every name.

#include "model.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>

namespace corogram::generator {
namespace {

/// The declarations that only describe to the reader what the runtime types do by themselves.
bool is_built_in(const tl::combinator& tree) {
  static const std::set<std::string_view> names = {"vector", "int128", "int256"};
  return tree.built_in || names.contains(tree.name);
}

/// A type that the runtime has, with the names of both its forms.
struct built_in {
  std::string_view bare;
  std::string_view boxed;
  tl::value_kind kind;
  std::string_view cpp_type;
};

const built_in* built_in_type(const tl::expression& type) {
  using tl::value_kind;
  static constexpr built_in table[] = {
      {"int", "Int", value_kind::int32, "std::int32_t"},
      {"long", "Long", value_kind::int64, "std::int64_t"},
      {"double", "Double", value_kind::float64, "double"},
      {"string", "String", value_kind::string, "tl::string"},
      {"bytes", "Bytes", value_kind::bytes, "tl::string"},
      {"int128", "Int128", value_kind::bytes16, "tl::int128"},
      {"int256", "Int256", value_kind::bytes32, "tl::int256"},
  };
  for (const built_in& row : table)
    if (type.name == row.bare || type.name == row.boxed) return &row;
  return nullptr;
}

/// one_line takes a declaration out of the text, without line breaks, comments left as they are.
std::string one_line(std::string_view text, std::size_t begin) {
  std::string line;
  for (const char c : text.substr(begin, text.find(';', begin) - begin)) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

class resolver {
 public:
  resolver(const tl::schema& tree, std::string_view text, std::string_view schema_name,
           completeness wanted)
      : tree_(tree), text_(text), completeness_(wanted) {
    model_.schema_name = schema_name;
    model_.layer = tree.layer;
  }

  model run();

 private:
  void collect_types();
  void add_used_types(std::set<std::string>& names) const;
  void collect_declarations();
  declaration start(const tl::combinator& tree, bool is_function) const;
  void resolve_members(const tl::combinator& tree, declaration& into);
  member resolve_member(const tl::combinator& tree, const tl::field& field, declaration& into,
                        bool is_last);
  void resolve_condition(const tl::field& field, const declaration& owner, member& into) const;
  value_entry resolve_type(const tl::expression& type);
  value_entry resolve_vector(const tl::expression& type, bool numbered);
  value_entry bare(const std::string& constructor, std::size_t where) const;
  std::uint16_t type_index(const std::string& full_name, std::size_t where) const;
  std::uint16_t value_index(const value_entry& entry);

  const tl::schema& tree_;
  std::string_view text_;
  completeness completeness_;
  model model_;
  /// In the order of model_.declarations.
  std::vector<const tl::combinator*> trees_;
};

model resolver::run() {
  collect_types();
  collect_declarations();
  choose_scope_names(model_);
  for (std::uint16_t i = 0; i < model_.types.size(); ++i) {
    const value_entry box = {{tl::value_kind::box, false, i},
                             "tl::box<" + qualified(model_, model_.types[i].name) + ">",
                             0};
    model_.values.push_back(box);
  }
  for (std::size_t i = 0; i < trees_.size(); ++i)
    resolve_members(*trees_[i], model_.declarations[i]);
  choose_member_names(model_);
  lay_out(model_);
  return std::move(model_);
}

void resolver::collect_types() {
  std::set<std::string> names;
  for (const tl::combinator& constructor : tree_.constructors)
    if (!is_built_in(constructor)) names.insert(constructor.result.name);
  // `Empty False;`: a type without constructors, which no value on the wire can have.
  //= TL-27
  for (const tl::type_rule& rule : tree_.rules)
    if (rule.rule == tl::type_rule::kind::is_empty) names.insert(rule.type);
  if (completeness_ == completeness::overlay) add_used_types(names);
  for (const std::string& full : names) {
    abstract_type type;
    type.name.full = full;
    model_.types.push_back(type);
  }
}

void resolver::add_used_types(std::set<std::string>& names) const {
  const std::function<void(const tl::expression&)> add = [&](const tl::expression& type) {
    if (type.kind == tl::expression_kind::type && built_in_type(type) == nullptr &&
        type.name != "Vector" && type.name != "Bool" && type.name != "Object")
      names.insert(type.name);
    for (const tl::expression& argument : type.arguments) add(argument);
  };
  for (const auto* list : {&tree_.constructors, &tree_.functions}) {
    for (const tl::combinator& entry : *list) {
      add(entry.result);
      for (const tl::field& field : entry.fields)
        if (!field.implicit) add(field.type);
    }
  }
}

void resolver::collect_declarations() {
  std::vector<const tl::combinator*> constructors;
  for (const tl::combinator& constructor : tree_.constructors)
    if (!is_built_in(constructor)) constructors.push_back(&constructor);
  std::ranges::sort(constructors, {}, [](const tl::combinator* tree) {
    return std::pair(tree->result.name, tree->name);
  });
  std::vector<const tl::combinator*> functions;
  for (const tl::combinator& function : tree_.functions) functions.push_back(&function);
  std::ranges::sort(functions, {}, &tl::combinator::name);

  for (const tl::combinator* tree : constructors) {
    declaration made = start(*tree, false);
    if (!tree->result.arguments.empty())
      throw failure(tree->result.where.value, "no type but Vector can have parameters");
    made.type = type_index(tree->result.name, tree->result.where.value);
    abstract_type& type = model_.types[made.type];
    if (type.count == 0) type.first = static_cast<std::uint16_t>(model_.declarations.size());
    ++type.count;
    model_.declarations.push_back(std::move(made));
    trees_.push_back(tree);
  }
  model_.constructor_count = static_cast<std::uint16_t>(model_.declarations.size());
  for (const tl::combinator* tree : functions) {
    model_.declarations.push_back(start(*tree, true));
    trees_.push_back(tree);
  }
  if (model_.declarations.size() >= tl::id_slot::unused)
    throw failure(0, "more declarations than the tables can number");
}

declaration resolver::start(const tl::combinator& tree, bool is_function) const {
  if (tree.name.empty())
    throw failure(tree.where.value, "an anonymous declaration cannot become a struct");
  declaration made;
  made.name.full = tree.name;
  made.where = tree.where.value;
  made.id = tree.id;
  made.text = one_line(text_, tree.where.value);
  made.is_function = is_function;
  return made;
}

void resolver::resolve_members(const tl::combinator& tree, declaration& into) {
  const std::size_t last = tree.fields.size() - 1;
  //= TL-11
  for (std::size_t i = 0; i < tree.fields.size(); ++i)
    if (!tree.fields[i].implicit)
      into.members.push_back(resolve_member(tree, tree.fields[i], into, i == last));
  if (into.members.size() > std::numeric_limits<std::uint8_t>::max())
    throw failure(tree.where.value, "more fields than the tables can count");
  if (!into.is_function) return;
  if (tree.result.kind == tl::expression_kind::variable) {
    into.is_wrapper = true;
    const value_entry anything = {{tl::value_kind::raw, false, 0}, "tl::raw"};
    into.type = value_index(anything);
    into.result_type = anything.cpp_type;
  } else {
    value_entry result = resolve_type(tree.result);
    // An answer tells its type on the wire, also where a schema writes the bare form.
    result.value.numbered = tl::is_numbered_alone(result.value.kind);
    into.type = value_index(result);
    into.result_type = result.cpp_type;
  }
}

member resolver::resolve_member(const tl::combinator& tree, const tl::field& field,
                                declaration& into, bool is_last) {
  const std::size_t where = field.where.value;
  if (field.repeated) throw failure(where, "repetitions other than vectors cannot be generated");
  member made;
  made.schema_name =
      field.name.empty() ? "arg" + std::to_string(into.members.size() + 1) : field.name;
  resolve_condition(field, into, made);
  if (field.is_true_flag()) {
    made.value = {tl::value_kind::presence, false, 0};
    made.cpp_type = "bool";
    return made;
  }
  //= TL-14
  if (field.function_call) {
    made.value = {tl::value_kind::raw, false, 0};
    made.cpp_type = "tl::raw";
  } else {
    const value_entry type = resolve_type(field.type);
    made.value = type.value;
    made.cpp_type = type.cpp_type;
  }
  if (made.value.kind != tl::value_kind::raw) return made;

  // `message ... bytes:int body:Object`: the length stands before. It may stand anywhere, then.
  if (!field.function_call && !into.members.empty() && into.members.back().schema_name == "bytes" &&
      into.members.back().value == tl::value_type{tl::value_kind::int32, false, 0}) {
    made.value.type = static_cast<std::uint16_t>(into.members.size());
  } else if (!is_last) {
    throw failure(where,
                  "an Object or !X that is not the last field of `" + tree.name + "` has no end");
  }
  return made;
}

void resolver::resolve_condition(const tl::field& field, const declaration& owner,
                                 member& into) const {
  if (!field.condition) return;
  const auto flags = std::ranges::find(owner.members, field.condition->field, &member::schema_name);
  if (flags == owner.members.end() || flags->value.kind != tl::value_kind::word ||
      flags->bit != tl::field_row::always)
    throw failure(field.where.value,
                  "`" + field.condition->field + "` is no `#` field further left");
  into.flags_field = static_cast<std::uint8_t>(flags - owner.members.begin());
  into.bit = field.condition->bit.value_or(tl::field_row::non_zero);
}

value_entry resolver::resolve_type(const tl::expression& type) {
  using tl::value_kind;
  const std::size_t where = type.where.value;
  if (type.kind == tl::expression_kind::nat) return {{value_kind::word, false, 0}, "std::uint32_t"};
  if (type.kind != tl::expression_kind::type && type.kind != tl::expression_kind::constructor)
    throw failure(where, "a type that depends on a value or on another type cannot be generated");
  //= TL-23
  if (type.name == "Vector" || type.name == "vector")
    return resolve_vector(type, type.name == "Vector" && !type.percent);
  if (!type.arguments.empty()) throw failure(where, "no type but Vector can have parameters");
  if (const built_in* row = built_in_type(type); row != nullptr) {
    const bool numbered = type.name == row->boxed && !type.percent;
    return {{row->kind, numbered, 0}, std::string(row->cpp_type)};
  }
  if (type.name == "Bool") return {{value_kind::boolean, false, 0}, "bool"};
  if (type.name == "Object") return {{value_kind::raw, false, 0}, "tl::raw"};
  //= TL-22
  if (type.kind == tl::expression_kind::constructor) return bare(type.name, where);
  const abstract_type& found = model_.types[type_index(type.name, where)];
  if (type.percent) {
    if (found.count != 1) throw failure(where, "the bare form of a type with several constructors");
    return bare(model_.declarations[found.first].name.full, where);
  }
  return model_.values[static_cast<std::size_t>(&found - model_.types.data())];
}

value_entry resolver::resolve_vector(const tl::expression& type, bool numbered) {
  const std::size_t where = type.where.value;
  if (type.arguments.size() != 1) throw failure(where, "a vector has one parameter");
  value_entry element = resolve_type(type.arguments.front());
  element.where = type.arguments.front().where.value;
  if (element.value.kind == tl::value_kind::raw)
    throw failure(element.where, "the elements of a vector of Object have no end");
  return {{tl::value_kind::vector, numbered, value_index(element)},
          "tl::vector<" + element.cpp_type + ">"};
}

value_entry resolver::bare(const std::string& constructor, std::size_t where) const {
  const auto end = model_.declarations.begin() + model_.constructor_count;
  const auto found = std::find_if(
      model_.declarations.begin(), end,
      [&](const declaration& candidate) { return candidate.name.full == constructor; });
  if (found == end) throw failure(where, "`" + constructor + "` is not declared");
  return {{tl::value_kind::bare, false,
           static_cast<std::uint16_t>(found - model_.declarations.begin())},
          qualified(model_, found->name)};
}

std::uint16_t resolver::type_index(const std::string& full_name, std::size_t where) const {
  const auto found = std::ranges::lower_bound(
      model_.types, full_name, {}, [](const abstract_type& type) { return type.name.full; });
  if (found == model_.types.end() || found->name.full != full_name)
    throw failure(where, "`" + full_name + "` is not declared");
  return static_cast<std::uint16_t>(found - model_.types.begin());
}

std::uint16_t resolver::value_index(const value_entry& entry) {
  const auto found = std::ranges::find(model_.values, entry.value, &value_entry::value);
  const auto index = static_cast<std::uint16_t>(found - model_.values.begin());
  if (found == model_.values.end()) model_.values.push_back(entry);
  return index;
}

}  // namespace

std::string qualified(const model& schema, const name& wanted) {
  return schema.schema_name + "::" + (wanted.space.empty() ? "" : wanted.space + "::") +
         wanted.local;
}

model resolve(const tl::schema& tree, std::string_view text, std::string_view schema_name,
              completeness wanted) {
  return resolver(tree, text, schema_name, wanted).run();
}

std::vector<model> resolve_layers(const tl::schema& tree, std::string_view text,
                                  std::string_view schema_name) {
  std::map<std::uint32_t, tl::schema> groups;
  for (const tl::combinator& entry : tree.constructors)
    groups[entry.until_layer].constructors.push_back(entry);
  for (const tl::combinator& entry : tree.functions)
    groups[entry.until_layer].functions.push_back(entry);
  std::vector<model> layers;
  for (auto& [layer, group] : groups) {
    group.layer = layer;
    layers.push_back(resolve(group, text, schema_name, completeness::overlay));
  }
  return layers;
}

}  // namespace corogram::generator
