#include "schema_text.hpp"

#include <corogram/tl/check.hpp>
#include <corogram/tl/parser.hpp>

#include <gtest/gtest.h>

#include <string>

namespace corogram::tl {
namespace {

//= TL-01 test
TEST(SchemaParser, SeparatorsSwitchBetweenTypesAndFunctionsAndBack) {
  const schema whole = parsed(
      "a = A; ---functions--- f = A; --- types --- b = A;\n"
      "---functions---\ng = A; ---functions--- h = A; ---types--- ---types--- c = A;");
  ASSERT_EQ(whole.constructors.size(), 3u);
  EXPECT_EQ(whole.constructors[0].name, "a");
  EXPECT_EQ(whole.constructors[1].name, "b");
  EXPECT_EQ(whole.constructors[2].name, "c");
  ASSERT_EQ(whole.functions.size(), 3u);
  EXPECT_EQ(whole.functions[0].name, "f");
  EXPECT_EQ(whole.functions[1].name, "g");
  EXPECT_EQ(whole.functions[2].name, "h");
  EXPECT_TRUE(parsed("").constructors.empty());
}

//= TL-01 test
TEST(SchemaParser, DeclarationsAndSeparatorsMustBeWhole) {
  expect_refused("a = A", schema_errc::syntax, 1, 6);
  expect_refused("a = A b = B;", schema_errc::syntax, 1, 9);
  expect_refused("a = A;\n---function---\nf = A;", schema_errc::syntax, 2, 4);
  expect_refused("a = A;\n---functions-- f = A;", schema_errc::bad_character, 2, 13);
  expect_refused("a = A;\n---functions f = A;", schema_errc::syntax, 2, 14);
  expect_refused("a = A;;", schema_errc::syntax, 1, 7);
  expect_refused("= A;", schema_errc::syntax, 1, 1);
}

//= TL-02 test
TEST(SchemaParser, AnExclamationMarkMakesAFunctionInTheTypesSection) {
  const combinator marked = only("getUser flags:# id:int = !UserInfo flags;");
  EXPECT_TRUE(marked.is_function);
  EXPECT_EQ(marked, only("---functions--- getUser flags:# id:int = UserInfo flags;"));
  EXPECT_EQ(marked, only("---functions--- getUser flags:# id:int = !UserInfo flags;"));
  EXPECT_FALSE(only("getUser flags:# id:int = UserInfo flags;").is_function);
  expect_refused("f = !!A;", schema_errc::bad_name, 1, 6);
}

//= TL-03 test
TEST(SchemaParser, CommentsAreWhiteSpace) {
  const combinator plain = only("pair a:int b:int = Pair;");
  EXPECT_EQ(plain,
            only("// head\npair/* ; = */a:int // b:long\n\tb : int /**/ = /***/ Pair\r\n;//"));
  EXPECT_EQ(plain, only("/* a\n // b */pair a:int b:int=Pair;/* no end but * /*/"));
  expect_refused("a = A;\n b = /* A;", schema_errc::bad_character, 2, 6);
  expect_refused("a = A; / b = B;", schema_errc::bad_character, 1, 8);
}

//= TL-03 test
TEST(SchemaParser, TokensHaveNoInnerBlanks) {
  EXPECT_EQ(only("auth.code = auth.Code;").name, "auth.code");
  expect_refused("auth .code = auth.Code;", schema_errc::syntax, 1, 6);
  expect_refused("auth. code = auth.Code;", schema_errc::syntax, 1, 5);
  expect_refused("a #12345678 = A;", schema_errc::syntax, 1, 4);
  expect_refused("a = A; - - - functions --- f = A;", schema_errc::bad_character, 1, 8);
}

//= TL-04 test
TEST(SchemaParser, NumbersHaveOneToEightHexadecimalDigits) {
  const combinator short_form = only("photoSize#68e9916 = PhotoSize;");
  EXPECT_EQ(short_form.id, 0x068e9916u);
  EXPECT_EQ(short_form, only("photoSize#068e9916 = PhotoSize;"));
  EXPECT_EQ(only("a#0 = A;").id, 0u);
  EXPECT_EQ(only("a#ffffffff = A;").id, 0xffffffffu);
  expect_refused("a#0068e9916 = A;", schema_errc::bad_number, 1, 3);
  expect_refused("a#68E9916 = A;", schema_errc::bad_number, 1, 3);
  expect_refused("a#68e991g = A;", schema_errc::bad_number, 1, 3);
  expect_refused("a x:b#12345678 = A;", schema_errc::bad_name, 1, 5);
  expect_refused("A#12345678 = A;", schema_errc::bad_name, 1, 1);
}

//= TL-05 test
TEST(SchemaParser, CaseTellsTypesFromConstructorsBehindTheDot) {
  const combinator made = only("auth.std_message = auth.Message;");
  EXPECT_EQ(made.name, "auth.std_message");
  EXPECT_EQ(made.result.name, "auth.Message");
  EXPECT_EQ(name_namespace(made.result.name), "auth");
  EXPECT_EQ(name_local(made.result.name), "Message");
  EXPECT_EQ(name_namespace("ping"), "");
  EXPECT_EQ(name_local("ping"), "ping");

  expect_refused("auth.std_message = auth.message;", schema_errc::bad_name, 1, 20);
  expect_refused("auth.Std_message x:int = auth.Message;", schema_errc::unsupported, 1, 1);
  expect_refused("a = Auth.Message;", schema_errc::bad_name, 1, 5);
  expect_refused("a = a.b.C;", schema_errc::bad_name, 1, 8);
  expect_refused("a x.y:int = A;", schema_errc::bad_name, 1, 3);
  expect_refused("a _x:int = A;", schema_errc::bad_name, 1, 3);
  expect_refused("a x:3d = A;", schema_errc::bad_number, 1, 5);
}

// The page on combinators calls upper case for fields other than types bad practice, and the API
// has it: inputCheckPasswordSRP A:bytes M1:bytes.
TEST(SchemaParser, FieldsMayBeginInUpperCase) {
  EXPECT_EQ(only("srp srp_id:long A:bytes M1:bytes = Srp;").fields[2].name, "M1");
}

//= TL-09 test
TEST(SchemaParser, AngleBracketsMeanApplication) {
  const combinator angles = only("a x:Map<int,Vector<string> > = Pair<int,long>;");
  EXPECT_EQ(angles, only("a x:(Map (int) (Vector string)) = Pair int long;"));
  EXPECT_EQ(angles, only("a x:((Map int) (Vector (string))) = Pair (int) (long);"));
  EXPECT_NE(angles, only("a x:(Map int Vector string) = Pair int long;"));
  expect_refused("a x:Map<int = A;", schema_errc::syntax, 1, 13);
  expect_refused("a x:Map<> = A;", schema_errc::syntax, 1, 9);
  expect_refused("a x:(Map int = A;", schema_errc::syntax, 1, 14);
  expect_refused("a x:(# int) = A;", schema_errc::syntax, 1, 8);
}

//= TL-11 test
TEST(SchemaParser, OptionalFieldsComeFirstAndAreOfTypeTypeOrNat) {
  const combinator call = only("---functions--- invoke {X:Type} layer:int query:!X = X;");
  ASSERT_EQ(call.fields.size(), 3u);
  EXPECT_TRUE(call.fields[0].implicit);
  EXPECT_EQ(call.fields[0].name, "X");
  EXPECT_TRUE(call.fields[2].function_call);
  EXPECT_EQ(call.fields[2].type.kind, expression_kind::variable);
  EXPECT_EQ(call.result.kind, expression_kind::variable);
  EXPECT_EQ(only("m {m n:#} a:m*[ n*[ double ] ] = Matrix m n;"),
            only("m {m:#} {n:#} a:m*[ n*[ double ] ] = Matrix m n;"));

  expect_refused("a {x:int} = A x;", schema_errc::bad_implicit, 1, 6);
  expect_refused("a {x:!Type} = A x;", schema_errc::bad_implicit, 1, 6);
  expect_refused("a {_:Type} = A;", schema_errc::bad_implicit, 1, 4);
  expect_refused("a {:Type} = A;", schema_errc::bad_implicit, 1, 4);
  expect_refused("a y:int {x:Type} = A x;", schema_errc::bad_implicit, 1, 9);
  expect_refused("a y:#  y:[ {x:Type} ] = A;", schema_errc::bad_implicit, 1, 12);
}

//= TL-12 test
TEST(SchemaParser, OptionalFieldsMustFollowFromTheResultOrACall) {
  EXPECT_EQ(only("a {X:Type} x:X = Foo X;").fields.size(), 2u);
  EXPECT_EQ(only("f {X:Type} q:!X = !Foo;").fields.size(), 2u);
  EXPECT_EQ(only("a {n:#} x:int = Foo (Bar (n+1));").fields.size(), 2u);
  expect_refused("a {X:Type} = Foo;", schema_errc::bad_implicit, 1, 4);
  expect_refused("a = A;\nb {X:Type} x:X = Foo;", schema_errc::bad_implicit, 2, 4);
  expect_refused("a {X:Type} {Y:Type} = Foo X;", schema_errc::bad_implicit, 1, 13);
}

//= TL-13 test
TEST(SchemaParser, FieldsMayOnlyUseFieldsToTheirLeft) {
  EXPECT_EQ(only("a flags:# x:flags.0?int = A;").fields[1].condition->field, "flags");
  EXPECT_EQ(only("typed_list (X:Type) (l : Vector X) = TypedList;").fields.size(), 2u);
  expect_refused("a x:flags.0?int flags:# = A;", schema_errc::bad_variable, 1, 5);
  expect_refused("a x:n*[ int ] n:# = A;", schema_errc::bad_variable, 1, 5);
  expect_refused("a x:X X:Type = A X;", schema_errc::bad_variable, 1, 5);
  expect_refused("a x:(Vector t) {t:Type} = A t;", schema_errc::bad_implicit, 1, 16);
  expect_refused("a n:int x:n?int = A;", schema_errc::bad_variable, 1, 11);
  expect_refused("a n:int x:n*[ int ] = A;", schema_errc::bad_variable, 1, 11);
  expect_refused("a n:# x:n = A;", schema_errc::bad_variable, 1, 9);
  expect_refused("a {X:Type} n:# x:X?int = A X;", schema_errc::bad_variable, 1, 18);
  expect_refused("a n:# [ m:# ] x:m*[ int ] = A;", schema_errc::bad_variable, 1, 17);
  expect_refused("a {X:Type} x:(X int) = A X;", schema_errc::syntax, 1, 17);
}

//= TL-14 test
TEST(SchemaParser, ACallFieldTakesAnExclamationMark) {
  EXPECT_TRUE(only("f {X:Type} n:# q:n.1?!X = !X;").fields[2].function_call);
  EXPECT_FALSE(only("a {X:Type} q:X = A X;").fields[1].function_call);
  expect_refused("f {X:Type} q:!!X = !X;", schema_errc::syntax, 1, 15);
  expect_refused("a {X:Type} q:!X = X;", schema_errc::bad_variable, 1, 19);
}

//= TL-15 test
TEST(SchemaParser, ParenthesesDeclareSeveralFields) {
  EXPECT_EQ(only("a ( x y : int ) (z:long) = A;"), only("a x:int y:int z:long = A;"));
  EXPECT_EQ(only("a int (Vector int) _:int (_ _:long) !B = !A;"),
            only("a _:int _:(Vector int) int long long _:!B = !A;"));
  EXPECT_TRUE(only("a int = A;").fields[0].name.empty());
  expect_refused("a ( x y : int = A;", schema_errc::syntax, 1, 15);
  expect_refused("a ( x 1 : int ) = A;", schema_errc::syntax, 1, 9);
  expect_refused("a x:int y:int (z x:int) = A;", schema_errc::duplicate_name, 1, 18);
  expect_refused("a (x:1) = A;", schema_errc::syntax, 1, 6);
}

//= TL-17 test
TEST(SchemaParser, ConditionsNameABitFrom0To31) {
  const field last = only("a flags:# x:flags.31?int = A;").fields[1];
  ASSERT_TRUE(last.condition && last.condition->bit);
  EXPECT_EQ(*last.condition->bit, 31);
  EXPECT_EQ(only("a flags:# x:(flags.31?int) = A;").fields[1], last);
  expect_refused("a flags:# x:flags.32?int = A;", schema_errc::bad_number, 1, 19);
  expect_refused("a flags:# x:flags.4294967296?int = A;", schema_errc::bad_number, 1, 19);
  expect_refused("a flags:# x:flags.?int = A;", schema_errc::bad_variable, 1, 13);
  expect_refused("a flags:# x:flags.0? = A;", schema_errc::syntax, 1, 22);
}

//= TL-18 test
TEST(SchemaParser, ATrueFlagIsRecognised) {
  EXPECT_TRUE(only("a flags:# x:flags.1?true = A;").fields[1].is_true_flag());
  EXPECT_FALSE(only("a flags:# x:flags.1?True = A;").fields[1].is_true_flag());
  EXPECT_FALSE(only("a x:true = A;").fields[0].is_true_flag());
}

//= TL-19 test
TEST(SchemaParser, AConditionWithoutABitMeansNotZero) {
  const field made = only("a n:# x:n?int = A;").fields[1];
  ASSERT_TRUE(made.condition.has_value());
  EXPECT_EQ(made.condition->field, "n");
  EXPECT_FALSE(made.condition->bit.has_value());
}

//= TL-20 test
TEST(SchemaParser, RepetitionsCountByANumberAFieldOrASum) {
  const field constant = only("int128 4*[ int ] = Int128;").fields[0];
  EXPECT_TRUE(constant.repeated);
  EXPECT_EQ(constant.count.kind, expression_kind::number);
  EXPECT_EQ(constant.count.number, 4u);

  const field counted = only("a n:# m:# x:n*[ a:int b:long ] = A;").fields[2];
  EXPECT_EQ(counted.count.name, "n");
  ASSERT_EQ(counted.fields.size(), 2u);
  EXPECT_EQ(counted.fields[1].name, "b");

  const field sum = only("a n:# x:(2+n)*[ int ] = A;").fields[1];
  EXPECT_EQ(sum.count.kind, expression_kind::sum);
  EXPECT_EQ(sum.count.number, 2u);
  EXPECT_TRUE(sum.count.constant_first);
  EXPECT_EQ(sum.count.arguments[0].name, "n");
  EXPECT_FALSE(only("a n:# x:(n+2)*[ int ] = A;").fields[1].count.constant_first);
}

//= TL-20 test
TEST(SchemaParser, ARepetitionWithoutACountTakesTheNearestNatField) {
  EXPECT_EQ(only("a n:# m:# z:int x:[ int ] = A;").fields[3].count.name, "m");
  EXPECT_EQ(only("tuple {t:Type} {n:#} [ t ] = Tuple t n;").fields[2].count.name, "n");
  const combinator vector = only("vector {t:Type} # [ t ] = Vector t;");
  EXPECT_EQ(vector.fields[2].count.kind, expression_kind::variable);
  EXPECT_TRUE(vector.fields[2].count.name.empty());
  EXPECT_EQ(only("a n:# [ m:# [ int ] ] = A;").fields[1].fields[1].count.name, "m");

  expect_refused("a x:[ int ] = A;", schema_errc::bad_variable, 1, 5);
  expect_refused("a n:int [ int ] = A;", schema_errc::bad_variable, 1, 9);
  expect_refused("a 4*int = A;", schema_errc::syntax, 1, 5);
  expect_refused("a int*[ int ] = A;", schema_errc::bad_variable, 1, 3);
  expect_refused("a n:# (n+m)*[ int ] = A;", schema_errc::syntax, 1, 10);
  expect_refused("a 4*[ int = A;", schema_errc::syntax, 1, 11);
  expect_refused("a {X:Type} (X+1)*[ int ] = A X;", schema_errc::bad_variable, 1, 13);
}

//= TL-22 test
TEST(SchemaParser, APercentSignMakesATypeBare) {
  const schema whole = parsed(
      "message id:long = Message; copy a:%Message b:message c:Message = Copy;"
      "tuple {t:Type} {n:#} [ t ] = Tuple t n; m a:%(Tuple %(Tuple double 10) 10) = M;");
  ASSERT_TRUE(check_types(whole).has_value());
  const combinator& copy = *whole.find_constructor("copy");
  const combinator* message = whole.find_constructor("message");
  EXPECT_EQ(bare_constructor(whole, copy.fields[0].type), message);
  EXPECT_EQ(bare_constructor(whole, copy.fields[1].type), message);
  EXPECT_EQ(bare_constructor(whole, copy.fields[2].type), nullptr);
  EXPECT_TRUE(whole.find_constructor("m")->fields[0].type.percent);

  expect_refused("a x:%int = A;", schema_errc::not_bare, 1, 6);
  expect_refused("a x:%%Foo = A;", schema_errc::not_bare, 1, 7);
  expect_refused("a {X:Type} x:%X = A X;", schema_errc::not_bare, 1, 15);
}

//= TL-28 test
TEST(SchemaParser, NewFinalAndEmptyForbidConstructors) {
  const schema whole = parsed("New A; a = A; Final A; Empty False; b = B; Final B;");
  ASSERT_EQ(whole.rules.size(), 4u);
  EXPECT_EQ(whole.rules[2].rule, type_rule::kind::is_empty);
  EXPECT_EQ(whole.rules[2].type, "False");

  expect_refused("a = A;\nNew A;", schema_errc::forbidden_constructor, 2, 5);
  expect_refused("a = A; Final A;\nb = A;", schema_errc::forbidden_constructor, 2, 5);
  expect_refused("a = A; Empty A;", schema_errc::forbidden_constructor, 1, 14);
  expect_refused("Empty A; a = A;", schema_errc::forbidden_constructor, 1, 14);
  expect_refused("New a;", schema_errc::bad_name, 1, 5);
  expect_refused("Final A", schema_errc::syntax, 1, 8);
  // Functions are no constructors.
  EXPECT_EQ(parsed("Empty A; ---functions--- f = A;").functions.size(), 1u);
}

//= TL-29 test
TEST(SchemaParser, AQuestionMarkDeclaresBuiltInTypesOnly) {
  const combinator built_in = only("int ? = Int;");
  EXPECT_TRUE(built_in.built_in);
  EXPECT_EQ(built_in.id, 0xa8509bdau);
  EXPECT_EQ(parsed("long ? = Long; double ? = Double; string ? = String;").constructors.size(), 3u);
  expect_refused("foo ? = Foo;", schema_errc::not_built_in, 1, 1);
  expect_refused("int ? x:int = Int;", schema_errc::syntax, 1, 7);
}

//= TL-33 test
TEST(SchemaParser, PatternsAreRefusedWithAMessage) {
  const std::string text = "a = A;\nVector int;";
  expect_refused(text, schema_errc::unsupported, 2, 1);
  EXPECT_EQ(describe(text, parse_schema(text).error(), "some.tl"),
            "some.tl:2:1: a form of the language that is not taken, expected a combinator's "
            "declaration (patterns are not taken), found \"Vector\"");
  expect_refused("Pair<int,long>;", schema_errc::unsupported, 1, 1);
  expect_refused("vector int;", schema_errc::unsupported, 1, 11);
  expect_refused("a x:$foo = A;", schema_errc::unsupported, 1, 5);
  expect_refused("@a = A;", schema_errc::unsupported, 1, 1);
}

TEST(SchemaParser, NamesAndNumbersAreUnique) {
  expect_refused("a = A;\n a = B;", schema_errc::duplicate_name, 2, 2);
  expect_refused("a = A;\n---functions---\na = A;", schema_errc::duplicate_name, 3, 1);
  expect_refused("a#12345678 = A; b#12345678 = A;", schema_errc::duplicate_number, 1, 17);
  expect_refused("a x:int x:int = A;", schema_errc::duplicate_name, 1, 9);
  expect_refused("a {x:#} x:int = A x;", schema_errc::duplicate_name, 1, 9);
  expect_refused("a n:# x:n*[ x:int n:int ] = A;", schema_errc::duplicate_name, 1, 19);
  EXPECT_EQ(only("a n:# 2*[ x:int ] 3*[ x:int ] x:int = A;").fields.size(), 4u);
  EXPECT_EQ(parsed("_ x:int = A; _ x:long = A;").constructors.size(), 2u);
}

TEST(SchemaParser, MarksInCommentsTellTheLayer) {
  const schema whole = parsed(
      "// LAYER 227\n a = A; // UNTIL LAYER 144\na = B; b = B;\n// UNTIL LAYER 158\r\na = C;");
  EXPECT_EQ(whole.layer, 227u);
  ASSERT_EQ(whole.constructors.size(), 4u);
  EXPECT_EQ(whole.constructors[0].until_layer, 0u);
  EXPECT_EQ(whole.constructors[1].until_layer, 144u);
  EXPECT_EQ(whole.constructors[2].until_layer, 144u);
  EXPECT_EQ(whole.constructors[3].until_layer, 158u);
  EXPECT_EQ(parsed("a = A;\n// LAYER 9").layer, 9u);
  for (const char* text : {"//LAYER 5", "// LAYER", "// LAYER x", "// LAYER 5 or so", "// LAYER 0",
                           "// LAYER 4294967296", "/* LAYER 5 */", "// Until LAYER 5"}) {
    EXPECT_EQ(parsed(text).layer, 0u) << text;
  }
}

TEST(SchemaParser, ErrorsAreRenderedWithLineAndColumn) {
  const std::string text = "a = A;\n\n  b x:int y:Vector<int = B;\n";
  const auto outcome = parse_schema(text);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(describe(text, outcome.error(), "api.tl"),
            "api.tl:3:24: syntax error, expected , or >, found \"=\"");
  EXPECT_EQ(describe("a", parse_schema("a").error(), "api.tl"),
            "api.tl:1:2: syntax error, expected an argument, or the end of the arguments");
}

TEST(SchemaParser, LocateCountsLinesAndColumnsFromOne) {
  EXPECT_EQ(locate("", 0), (text_position{1, 1}));
  EXPECT_EQ(locate("ab\nc", 1), (text_position{1, 2}));
  EXPECT_EQ(locate("ab\nc", 2), (text_position{1, 3}));
  EXPECT_EQ(locate("ab\nc", 3), (text_position{2, 1}));
  EXPECT_EQ(locate("ab\nc", 99), (text_position{2, 2}));
}

TEST(SchemaCheck, FindsUnknownTypesWrongArgumentsAndFalseBareForms) {
  const auto check = [](std::string_view text, schema_errc code, std::size_t column) {
    const schema whole = parsed(text);
    const auto outcome = check_types(whole);
    ASSERT_FALSE(outcome.has_value()) << text;
    EXPECT_EQ(outcome.error().code, code) << text;
    EXPECT_EQ(locate(text, outcome.error().offset).column, column) << text;
  };
  check("a x:B = A;", schema_errc::unknown_name, 5);
  check("a x:b = A;", schema_errc::unknown_name, 5);
  check("a x:n.B = A;", schema_errc::unknown_name, 5);
  check("a n:# x:[ y:B ] = A;", schema_errc::unknown_name, 13);
  check("---functions--- f = B;", schema_errc::unknown_name, 21);
  check("a = A; b x:(A int) = B;", schema_errc::wrong_arity, 13);
  check("vector {t:Type} # [ t ] = Vector t; b x:Vector = B;", schema_errc::wrong_arity, 41);
  check("b x:int<int> = B;", schema_errc::wrong_arity, 5);
  //= TL-22 test
  check("boolFalse = Bool; boolTrue = Bool; a x:%Bool = A;", schema_errc::not_bare, 41);
  check("Empty False; a x:%False = A;", schema_errc::not_bare, 19);
}

TEST(SchemaCheck, KnowsBuiltInTypesAndOtherTexts) {
  const schema base = parsed("user id:int = User; vector {t:Type} # [ t ] = Vector t;");
  const schema more =
      parsed("a x:Vector<User> y:user z:bytes o:Object n:int256 = A; Empty False; b x:False = B;");
  const schema* others[] = {&base};
  EXPECT_FALSE(check_types(more).has_value());
  EXPECT_TRUE(check_types(more, others).has_value());
}

}  // namespace
}  // namespace corogram::tl
