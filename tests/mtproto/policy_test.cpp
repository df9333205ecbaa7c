#include <corogram/mtproto/policy.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace corogram::mtproto {
namespace {

TEST(Policy, TheTableFollowsTheEnumerationAndNamesAreFoundAgain) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < rules().size(); ++i) {
    const rule_info& row = rules()[i];
    EXPECT_EQ(static_cast<std::size_t>(row.which), i) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.requirement.empty());
    EXPECT_EQ(rule_by_name(row.name), row.which);
    EXPECT_EQ(&info(row.which), &row);
  }
  EXPECT_EQ(rule_by_name("no_such_rule"), std::nullopt);
}

TEST(Policy, StrictRefusesLaxPassesRecordReports) {
  policy rules_here(strictness::lax);
  std::vector<violation> seen;
  const violation_sink sink = [&](violation found) { seen.push_back(std::move(found)); };

  EXPECT_TRUE(rules_here.admits(rule::rsa_pad, "a", sink));
  EXPECT_TRUE(seen.empty());

  rules_here.set(rule::rsa_pad, strictness::record);
  EXPECT_TRUE(rules_here.admits(rule::rsa_pad, "b", sink));
  rules_here.set(rule::rsa_pad, strictness::strict);
  EXPECT_FALSE(rules_here.admits(rule::rsa_pad, "c", sink));
  EXPECT_TRUE(rules_here.admits(rule::dc_number, "d", sink));

  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].which, rule::rsa_pad);
  EXPECT_EQ(seen[0].what, "b");
  EXPECT_FALSE(seen[0].refused);
  EXPECT_TRUE(seen[1].refused);
  EXPECT_FALSE(rules_here.admits(rule::rsa_pad, "nobody listens", {}));
}

TEST(Policy, WithoutAWordEveryRuleHasItsStandard) {
  const policy standard;
  for (const rule_info& row : rules()) EXPECT_EQ(standard.of(row.which), row.standard) << row.name;
  const policy strict(strictness::strict);
  for (const rule_info& row : rules()) EXPECT_EQ(strict.of(row.which), strictness::strict);
}

}  // namespace
}  // namespace corogram::mtproto
