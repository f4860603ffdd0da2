#include "meshgw/route_table.h"

#include <memory>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "route/allocation_count.h"
#include "support/catch.h"

using namespace meshgw;

namespace {

Cluster OneEndpoint(std::string name) {
  Cluster cluster;
  cluster.name = std::move(name);
  cluster.endpoints = {{.address = "192.0.2.1", .port = 443}};
  return cluster;
}

// Names are compared in lower case and without one dot at the end.
std::string Lower(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

// The oracle: every rule is looked at, one after the other.
struct LinearTable {
  std::vector<Route> rules;

  std::string Lookup(std::string name) const {
    name = Lower(name);
    const Route* best = nullptr;
    for (const Route& rule : rules) {
      if (!Matches(rule, name)) continue;
      if (best == nullptr || Before(rule, *best)) best = &rule;
    }
    return best == nullptr ? "" : best->cluster;
  }

  static bool Matches(const Route& rule, const std::string& name) {
    switch (rule.kind) {
      case RouteKind::kExact:
        return !name.empty() && Lower(rule.match) == name;
      case RouteKind::kSuffix: {
        const std::string suffix = Lower(rule.match).substr(1);
        return name.size() > suffix.size() && name.ends_with(suffix);
      }
      case RouteKind::kRegex:
        return !name.empty() && std::regex_match(name, std::regex(rule.match));
      default:
        return true;
    }
  }
  static bool Before(const Route& a, const Route& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    return a.kind == RouteKind::kSuffix && a.match.size() > b.match.size();
  }
};

}  // namespace

TEST_CASE("a table finds what a linear search over all rules finds",
          "[route]") {
  std::mt19937 random(20260);
  const std::vector<std::string> labels = {"a",    "B",        "web", "dc2",
                                           "xdc2", "internal", "-",   ""};
  const auto name = [&](std::size_t most) {
    std::string out = labels[random() % labels.size()];
    for (std::size_t n = random() % most; n > 0; --n) {
      out += "." + labels[random() % labels.size()];
    }
    return out;
  };
  for (int round = 0; round < 200; ++round) {
    RouteTableBuilder builder;
    LinearTable oracle;
    const auto add = [&](RouteKind kind, const std::string& match) {
      const std::string cluster = std::to_string(oracle.rules.size());
      REQUIRE(builder.AddCluster(OneEndpoint(cluster)).ok());
      absl::Status added;
      if (kind == RouteKind::kExact) added = builder.AddExact(match, cluster);
      if (kind == RouteKind::kSuffix) added = builder.AddSuffix(match, cluster);
      if (kind == RouteKind::kRegex) added = builder.AddRegex(match, cluster);
      if (kind == RouteKind::kDefault) added = builder.SetDefault(cluster);
      // A name that is taken stays with its first rule; the cluster is unused.
      oracle.rules.push_back({added.ok() ? kind : RouteKind::kExact,
                              added.ok() ? match : "\x01", cluster, ""});
    };
    for (std::size_t i = random() % 8; i > 0; --i)
      add(RouteKind::kExact, name(4));
    for (std::size_t i = random() % 8; i > 0; --i)
      add(RouteKind::kSuffix, "*." + name(3));
    if (random() % 2 != 0) add(RouteKind::kRegex, "[a-w]+(\\.dc2)?");
    if (random() % 2 != 0) add(RouteKind::kRegex, "web.*");
    if (random() % 2 != 0) add(RouteKind::kDefault, "*");
    const auto table = builder.Build();
    REQUIRE(table.ok());
    for (int i = 0; i < 100; ++i) {
      std::string wanted = name(5);
      if (random() % 4 == 0) wanted += '.';
      if (random() % 32 == 0) wanted = "";
      const RouteMatch match = (*table)->Lookup(wanted);
      CAPTURE(round, wanted);
      REQUIRE((match.cluster == nullptr ? "" : match.cluster->name) ==
              oracle.Lookup(wanted));
      // Exactly the rule that the look-up took won; before it nothing matched.
      std::size_t winners = 0;
      for (const RouteCandidate& candidate : (*table)->Explain(wanted)) {
        REQUIRE_FALSE(candidate.why.empty());
        REQUIRE(candidate.matched == !candidate.cluster.empty());
        if (winners == 0) REQUIRE(candidate.won == candidate.matched);
        if (!candidate.won) continue;
        ++winners;
        REQUIRE(match.route != nullptr);
        REQUIRE(candidate.match == match.route->match);
        REQUIRE(candidate.cluster == match.cluster->name);
        REQUIRE(candidate.kind == match.kind);
      }
      REQUIRE(winners == (match.route != nullptr ? 1u : 0u));
    }
  }
}

TEST_CASE("an explanation shows the rules that lost too, and why", "[route]") {
  RouteTableBuilder builder;
  for (const char* name : {"e", "s", "t", "p", "q", "d"}) {
    REQUIRE(builder.AddCluster(OneEndpoint(name)).ok());
  }
  REQUIRE(builder.AddExact("a.b.c", "e").ok());
  REQUIRE(builder.AddSuffix("*.b.c", "s").ok());
  REQUIRE(builder.AddSuffix("*.c", "t").ok());
  REQUIRE(builder.AddRegex("a.*", "p").ok());
  REQUIRE(builder.AddRegex("[a-z].*", "q").ok());
  REQUIRE(builder.SetDefault("d").ok());
  const auto table = *builder.Build();
  const auto shown = [&](std::string_view name) {
    std::vector<std::string> lines;
    for (const RouteCandidate& c : table->Explain(name)) {
      lines.push_back(c.match + " " + c.cluster + ": " + c.why);
    }
    return lines;
  };
  CHECK(shown("A.b.c") ==
        std::vector<std::string>{
            "a.b.c e: won: an exact name comes before all other rules",
            "*.b.c s: lost: the exact name comes first",
            "*.c t: lost: the exact name comes first",
            "a.* p: lost: the exact name comes first",
            "[a-z].* q: lost: the exact name comes first",
            "* d: lost: the exact name comes first"});
  CHECK(shown("x.b.c") == std::vector<std::string>{
                              "x.b.c : no rule has this whole name",
                              "*.b.c s: won: the longest suffix on a label "
                              "border",
                              "*.c t: lost: a longer suffix matches",
                              "a.* : the pattern does not match the whole name",
                              "[a-z].* q: lost: a suffix matches",
                              "* d: lost: a suffix matches"});
  CHECK(shown("ab.d") ==
        std::vector<std::string>{"ab.d : no rule has this whole name",
                                 "*.d : no rule has this suffix",
                                 "a.* p: won: the first pattern that matches",
                                 "[a-z].* q: lost: an earlier pattern matches",
                                 "* d: lost: a pattern matches"});
  CHECK(shown("") ==
        std::vector<std::string>{"* d: won: nothing else matched"});
}

TEST_CASE("suffixes match on label borders and never their own stem",
          "[route]") {
  RouteTableBuilder builder;
  REQUIRE(builder.AddCluster(OneEndpoint("dc2")).ok());
  REQUIRE(builder.AddSuffix("*.DC2.internal.TD", "dc2", "here:1").ok());
  const auto table = *builder.Build();
  struct Row {
    const char* name;
    bool matches;
  };
  for (const Row& row :
       {Row{"api.dc2.internal.td", true}, Row{"v2.api.dc2.internal.td", true},
        Row{"API.Dc2.INTERNAL.td.", true}, Row{"dc2.internal.td", false},
        Row{".dc2.internal.td", false}, Row{"a..dc2.internal.td", true},
        Row{"xdc2.internal.td", false}, Row{"api.xdc2.internal.td", false},
        Row{"internal.td", false}, Row{"", false}, Row{".", false},
        Row{"..", false}}) {
    CAPTURE(row.name);
    CHECK((table->Lookup(row.name).kind == RouteKind::kSuffix) == row.matches);
  }
  CHECK(table->Lookup("x.dc2.internal.td").route->origin == "here:1");
}

TEST_CASE("names longer than any server name reach only the default",
          "[route]") {
  RouteTableBuilder builder;
  REQUIRE(builder.AddCluster(OneEndpoint("c")).ok());
  REQUIRE(builder.AddSuffix("*.x", "c").ok());
  REQUIRE(builder.AddRegex(".*", "c").ok());
  const auto table = *builder.Build();
  CHECK(table->Lookup(std::string(253, 'a') + ".x").kind == RouteKind::kSuffix);
  CHECK(table->Lookup(std::string(254, 'a') + ".x").kind == RouteKind::kNone);
}

TEST_CASE("the builder refuses what it cannot serve and says why", "[route]") {
  RouteTableBuilder builder;
  REQUIRE(builder.AddCluster(OneEndpoint("c")).ok());
  CHECK(builder.AddCluster(OneEndpoint("c")).code() ==
        absl::StatusCode::kAlreadyExists);
  Cluster bad = OneEndpoint("bad");
  bad.endpoints[0].port = 0;
  CHECK(std::string(builder.AddCluster(bad).message()) ==
        "cluster bad, endpoint 0: has port 0; expected 1..65535");
  bad.endpoints[0] = {.address = "", .port = 1};
  CHECK(builder.AddCluster(bad).code() == absl::StatusCode::kInvalidArgument);
  bad.endpoints[0] = {.address = std::string("unix:/run/\0x", 12)};
  CHECK(std::string(builder.AddCluster(bad).message()) ==
        "cluster bad, endpoint 0: has a NUL in its address");
  bad.endpoints[0] = {.address = "unix:/run/x", .port = 0};
  CHECK(builder.AddCluster(bad).ok());
  CHECK(builder.AddExact("A.b", "c").ok());
  CHECK(builder.AddExact("a.B.", "c").code() ==
        absl::StatusCode::kAlreadyExists);
  CHECK(builder.AddExact("", "c").code() == absl::StatusCode::kInvalidArgument);
  for (const char* bad_suffix : {"x.y", "*", "*.", "*..", "*..y", "*.y..",
                                 "*.*.y", "**.y", "*y", ".y", "*.y.*"}) {
    CAPTURE(bad_suffix);
    CHECK(builder.AddSuffix(bad_suffix, "c").code() ==
          absl::StatusCode::kInvalidArgument);
  }
  CHECK(builder.AddSuffix("*.Y.", "c").ok());
  CHECK(builder.AddSuffix("*.y", "c").code() ==
        absl::StatusCode::kAlreadyExists);
  CHECK(builder.AddExact("*.w", "c").code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(builder.AddExact("n..", "c").code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(builder.AddExact(".", "c").code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(builder.AddExact(std::string(255, 'n') + ".", "c").ok());
  CHECK(builder.AddExact(std::string(256, 'n'), "c").code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(builder.AddRegex("a(b", "c").code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(builder.SetDefault("c").ok());
  CHECK(builder.SetDefault("c").code() == absl::StatusCode::kAlreadyExists);
  CHECK(builder.AddExact("z", "nowhere").ok());
  CHECK(std::string(builder.Build().status().message()) ==
        "route z leads to nowhere, which is no cluster");
}

TEST_CASE("a failover to an unknown cluster is refused", "[route]") {
  RouteTableBuilder builder;
  Cluster cluster = OneEndpoint("c");
  cluster.failover = {"gone"};
  REQUIRE(builder.AddCluster(cluster).ok());
  CHECK(builder.Build().status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("WithClusters replaces named clusters and shares the others",
          "[route]") {
  RouteTableBuilder builder;
  for (const char* name : {"a", "b"}) {
    REQUIRE(builder.AddCluster(OneEndpoint(name)).ok());
    REQUIRE(builder.AddExact(name, name).ok());
  }
  const auto table = *builder.Build();
  Cluster replacement = OneEndpoint("b");
  replacement.endpoints[0].address = "192.0.2.9";
  const auto changed = table->WithClusters(std::vector<Cluster>{replacement});
  REQUIRE(changed.ok());
  CHECK((*changed)->Lookup("b").cluster->endpoints[0].address == "192.0.2.9");
  CHECK((*changed)->Lookup("a").cluster == table->Lookup("a").cluster);
  CHECK(table->Lookup("b").cluster->endpoints[0].address == "192.0.2.1");
  CHECK((*changed)->FindCluster("b") == (*changed)->Lookup("b").cluster);
  CHECK(table->FindCluster("z") == nullptr);
  // What the builder refuses is refused here too.
  Cluster broken = replacement;
  broken.endpoints[0].weight = 0;
  CHECK(table->WithClusters(std::vector<Cluster>{broken}).status().code() ==
        absl::StatusCode::kInvalidArgument);
  // A failover is taken from the replacement.
  replacement.failover = {"a"};
  const auto failing = table->WithClusters(std::vector<Cluster>{replacement});
  REQUIRE(failing.ok());
  const std::uint32_t b = table->Lookup("b").cluster_index;
  CHECK(table->failover(b).empty());
  REQUIRE((*failing)->failover(b).size() == 1);
  CHECK((*failing)->failover(b)[0] == table->Lookup("a").cluster_index);
  replacement.name = "z";
  CHECK(
      table->WithClusters(std::vector<Cluster>{replacement}).status().code() ==
      absl::StatusCode::kNotFound);
}

TEST_CASE("a look-up of exact names and suffixes does not allocate",
          "[route]") {
  RouteTableBuilder builder;
  REQUIRE(builder.AddCluster(OneEndpoint("c")).ok());
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(
        builder
            .AddExact("service-" + std::to_string(i) + ".dc1.internal.td", "c")
            .ok());
    REQUIRE(
        builder.AddSuffix("*.dc" + std::to_string(i + 2) + ".internal.td", "c")
            .ok());
  }
  const auto table = *builder.Build();
  const std::string names[] = {"service-500.DC1.internal.td",
                               "x.dc700.internal.td", "x.none.internal.td"};
  const std::size_t before = test::AllocationCount();
  std::size_t found = 0;
  for (const std::string& name : names)
    found += table->Lookup(name).route != nullptr ? 1u : 0u;
  const std::size_t after = test::AllocationCount();
  CHECK(found == 2);
  CHECK(after == before);
  // The count does count.
  const auto one = std::make_unique<std::string>(100, 'x');
  CHECK(test::AllocationCount() >= after + 2);
}

TEST_CASE("all rules are listed: names sorted, patterns in order, default",
          "[route]") {
  RouteTableBuilder builder;
  REQUIRE(builder.AddCluster(OneEndpoint("c")).ok());
  REQUIRE(builder.SetDefault("c").ok());
  REQUIRE(builder.AddRegex("z+", "c").ok());
  REQUIRE(builder.AddRegex("a+", "c").ok());
  REQUIRE(builder.AddExact("M.n", "c").ok());
  REQUIRE(builder.AddSuffix("*.B", "c").ok());
  REQUIRE(builder.AddExact("b", "c").ok());
  const auto table = *builder.Build();
  std::vector<std::string> matches;
  for (const Route& route : table->routes()) matches.push_back(route.match);
  CHECK(matches ==
        std::vector<std::string>{"*.b", "b", "m.n", "z+", "a+", "*"});
}

TEST_CASE("patterns that are too large for one automaton still decide in order",
          "[route]") {
  RouteTableBuilder builder;
  for (int i = 0; i < 20; ++i) {
    const std::string cluster = std::to_string(i);
    REQUIRE(builder.AddCluster(OneEndpoint(cluster)).ok());
    REQUIRE(
        builder
            .AddRegex("(x|y)*x(x|y){" + std::to_string(12 + i) + "}z*", cluster)
            .ok());
  }
  const auto table = builder.Build();
  REQUIRE(table.ok());
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    std::string name(100 + random() % 100, 'x');
    for (char& c : name) c = random() % 2 != 0 ? 'x' : 'y';
    std::string expected;
    for (std::size_t i = 0; i < 20 && expected.empty(); ++i) {
      if (name[name.size() - 13 - i] == 'x') expected = std::to_string(i);
    }
    const RouteMatch match = (*table)->Lookup(name);
    REQUIRE((match.cluster == nullptr ? "" : match.cluster->name) == expected);
  }
}
