// Listening tests by ABX: what X is, and what guessing makes of it.

#include <QTest>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/metrics/blind_test.h"

using namespace octet;
using Which = BlindTest::Sound;

namespace {

BlindTest test_of(std::uint64_t seed, int trials, int wrong) {
  BlindTest test{.clip = "hello",
                 .a = {.run = "A", .plan = "fp32", .recipes = "00"},
                 .b = {.run = "B", .plan = "seed", .recipes = "01"},
                 .seed = seed,
                 .trials = trials};
  test.answers = hidden_sounds(seed, trials);
  for (int i = 0; i < wrong; ++i) {
    auto& answer = test.answers[static_cast<std::size_t>(i)];
    answer = answer == Which::a ? Which::b : Which::a;
  }
  return test;
}

}  // namespace

class BlindTestTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Counted by hand: ways over 2^12. Sums of so few powers of two and integers are exact in doubles.
  void guessing_has_the_upper_tail_of_a_fair_coin() {
    QCOMPARE(probability_by_guessing(12, 12), 1.0 / 4096);
    QCOMPARE(probability_by_guessing(10, 12), (1 + 12 + 66) / 4096.0);
    QCOMPARE(probability_by_guessing(9, 12), (1 + 12 + 66 + 220) / 4096.0);
    QCOMPARE(probability_by_guessing(0, 12), 1.0);
    QCOMPARE(probability_by_guessing(0, 0), 1.0);
    QCOMPARE(probability_by_guessing(1, 1), 0.5);
  }

  // By symmetry P(X >= 251) = (1 - P(X = 250)) / 2, with P(X = 250) by the logarithm of factorials, which is
  // right to 1e-12; so many products of doubles to 500 x 1.1e-16.
  void the_longest_test_is_as_exact() {
    const double middle = std::exp(std::lgamma(501.0) - 2 * std::lgamma(251.0) - 500 * std::log(2.0));
    QVERIFY(std::abs(probability_by_guessing(251, 500) - (1 - middle) / 2) < 1e-10);
    QCOMPARE(probability_by_guessing(500, 500), std::ldexp(1.0, -500));
  }

  // Of 500 fair coins more than 315 or fewer than 185 heads come once in 10^8; and of neighbours alike the
  // same.
  void x_is_a_fair_coin_that_its_seed_decides() {
    for (const std::uint64_t seed : {0ULL, 1ULL, 4711ULL}) {
      const auto sounds = hidden_sounds(seed, 500);
      QCOMPARE(sounds.size(), std::size_t(500));
      const auto b = std::ranges::count(sounds, Which::b);
      QVERIFY(b > 185 && b < 315);
      int alike = 0;
      for (std::size_t i = 1; i < sounds.size(); ++i) alike += sounds[i] == sounds[i - 1] ? 1 : 0;
      QVERIFY(alike > 185 && alike < 315);
      QVERIFY(sounds == hidden_sounds(seed, 500));
    }
    QVERIFY(hidden_sounds(1, 500) != hidden_sounds(2, 500));
  }

  // So that a test that was stopped is read by the seed it began with.
  void a_longer_test_begins_as_a_shorter_one() {
    auto sounds = hidden_sounds(7, 12);
    sounds.resize(5);
    QVERIFY(sounds == hidden_sounds(7, 5));
  }

  void answers_are_counted_by_what_x_was() {
    QCOMPARE(right_answers(test_of(3, 12, 0)), 12);
    QCOMPARE(right_answers(test_of(3, 12, 3)), 9);
  }

  void the_file_says_what_was_heard_and_what_came_of_it() {
    auto test = test_of(3, 12, 3);
    test.answers.resize(10);  // stopped
    test.seconds = {1.1, 1.5};
    const auto json = nlohmann::json::parse(to_json(test, "abc"));
    QVERIFY(json.at("format") == "octet-blind-test");
    QVERIFY(json.at("version") == 1);
    QVERIFY(json.at("checkpoint_sha256") == "abc");
    QVERIFY(json.at("b").at("plan") == "seed");
    QVERIFY(json.at("trials") == 12);
    QVERIFY(json.at("seconds").dump() == "[1.1,1.5]");
    const auto& answers = json.at("answers");
    QCOMPARE(answers.size(), std::size_t(10));
    int right = 0;
    for (const auto& answer : answers) right += answer.at("x") == answer.at("said") ? 1 : 0;
    QCOMPARE(right, 7);
    QVERIFY(json.at("right") == 7);
    QCOMPARE(json.at("p").get<double>(), probability_by_guessing(7, 10));
  }

  void what_was_written_is_read_again() {
    auto test = test_of(11, 12, 4);
    QVERIFY(parse_blind_test(to_json(test, "abc")) == test);
    test.answers.resize(7);
    test.seconds = {1.1, 1.5};
    test.voice = "nora";
    test.steps = 4;
    test.noise_seed = std::numeric_limits<std::uint64_t>::max();
    QVERIFY(parse_blind_test(to_json(test, "")) == test);
  }

  void what_no_test_came_to_is_refused_data() {
    QTest::addColumn<QString>("patch");
    QTest::addColumn<QString>("said");
    const auto row = [](const char* name, const char* patch, const char* said) {
      QTest::newRow(name) << QString(patch) << QString(said);
    };
    row("another format", R"({"format": "octet-plan"})", "octet-blind-test");
    row("another version", R"({"version": 2})", "1");
    row("no trials", R"({"trials": 0})", "12 answers of 0 trials");
    row("too many trials", R"({"trials": 501})", "of 501 trials");
    row("a key of another kind", R"({"clip": 5})", "type");
    row("a key that is missing", R"({"answers": null})", "answers of");
    row("a side nobody is", R"({"a": {"run": "C", "plan": "", "recipes": ""}})", "no side is called A");
    row("another seed", R"({"seed": 4})", "the seed gives another X in trial");
  }
  void what_no_test_came_to_is_refused() {
    QFETCH(QString, patch);
    QFETCH(QString, said);
    auto json = nlohmann::json::parse(to_json(test_of(3, 12, 0), "abc"));
    json.update(nlohmann::json::parse(patch.toStdString()));
    if (json.at("answers").is_null()) json.erase("answers"), said = "key 'answers' not found";
    try {
      parse_blind_test(json.dump());
      QFAIL("taken");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(said), error.what());
      QVERIFY(error.kind() == ErrorKind::input);
    }
  }
};

QTEST_APPLESS_MAIN(BlindTestTest)
#include "test_blind_test.moc"
