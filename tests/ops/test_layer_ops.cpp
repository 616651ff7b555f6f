#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <QtTest>
#include <cmath>

#include "core/kernels/dequantize.h"
#include "core/kernels/weight_ops.h"
#include "core/quant/int8_weight_only.h"

using octet::DenseWeight;
using octet::Weight;

namespace {

at::Tensor random(at::IntArrayRef shape) {
  constexpr std::uint64_t kSeed = 21;
  static const auto generator = at::detail::createCPUGenerator(kSeed);
  return at::randn(shape, generator, at::kFloat);
}

/// An operation through Octet, and what PyTorch computes when all is of one type.
struct Operation {
  const char* name;
  std::vector<std::int64_t> input;
  std::vector<std::int64_t> weight;
  int axis;
  std::function<at::Tensor(const at::Tensor&, const Weight&, const octet::Bias&)> octets;
  std::function<at::Tensor(const at::Tensor&, const at::Tensor&, const octet::Bias&)> torchs;
};

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all{
      {"Linear",
       {2, 50, 64},
       {96, 64},
       0,
       octet::linear,
       [](const auto& x, const auto& w, const auto& b) { return at::linear(x, w, b); }},
      {"Conv1d",
       {1, 24, 80},
       {16, 24, 7},
       0,
       [](const auto& x, const auto& w, const auto& b) {
         return octet::conv1d(x, w, b, {.stride = 2, .padding = 9, .dilation = 3});
       },
       [](const auto& x, const auto& w, const auto& b) { return at::conv1d(x, w, b, 2, 9, 3); }},
      {"grouped Conv1d",
       {1, 24, 80},
       {24, 1, 31},
       0,
       [](const auto& x, const auto& w, const auto& b) {
         return octet::conv1d(x, w, b, {.padding = 15, .groups = 24});
       },
       [](const auto& x, const auto& w, const auto& b) { return at::conv1d(x, w, b, 1, 15, 1, 24); }},
      {"ConvTranspose1d",
       {1, 24, 20},
       {24, 12, 16},
       1,
       [](const auto& x, const auto& w, const auto& b) {
         return octet::conv_transpose1d(x, w, b, {.stride = 8, .padding = 4});
       },
       [](const auto& x, const auto& w, const auto& b) { return at::conv_transpose1d(x, w, b, 8, 4); }},
      {"Conv2d",
       {1, 4, 20, 30},
       {8, 4, 3, 3},
       0,
       [](const auto& x, const auto& w, const auto&) { return octet::conv2d(x, w, 2, 1); },
       [](const auto& x, const auto& w, const auto&) {
         return at::conv2d(x, w, {}, at::IntArrayRef{2, 1}, at::IntArrayRef{1, 1});
       }},
  };
  return all;
}

octet::Bias bias_of(const Operation& operation, at::ScalarType dtype) {
  return random({operation.weight[static_cast<std::size_t>(operation.axis)]}).to(dtype);
}

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16, at::kHalf};

}  // namespace

class TestWeightOps : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void int8_computes_as_its_dequantized_weight_does() {
    for (const auto& operation : operations())
      for (const auto dtype : kTypes) {
        const auto name = QByteArray(operation.name) + ' ' + c10::toString(dtype);
        const auto int8 = octet::quantize_int8(random(operation.weight), operation.axis);
        const auto x = random(operation.input).to(dtype);
        const auto bias = bias_of(operation, dtype);
        const auto made = operation.octets(x, int8, bias);
        QVERIFY2(made.scalar_type() == dtype, name);
        const auto dense = (int8.values.to(at::kFloat) * int8.scale).to(dtype);
        QVERIFY2(at::equal(made, operation.torchs(x, dense, bias)), name);
        QVERIFY2(at::equal(made, operation.octets(x, DenseWeight{dense}, bias)), name);
      }
  }

  void mixed_types_compute_in_the_wider_and_return_the_inputs() {
    for (const auto& operation : operations())
      for (const auto input : kTypes)
        for (const auto stored : kTypes) {
          if (input == stored) continue;
          const auto name =
              QByteArray(operation.name) + ' ' + c10::toString(input) + " x " + c10::toString(stored);
          const auto x = random(operation.input).to(input);
          const auto weight = random(operation.weight).to(stored);
          const auto bias = bias_of(operation, stored);
          const auto made = operation.octets(x, DenseWeight{weight}, bias);
          QVERIFY2(made.scalar_type() == input, name);
          // bf16 and fp16 hold different numbers: their common type is fp32, as between either and fp32.
          const auto wide = operation.torchs(x.to(at::kFloat), weight.to(at::kFloat), bias->to(at::kFloat));
          QVERIFY2(at::equal(made, wide.to(input)), name);
        }
  }

  void an_fp32_weight_keeps_its_digits_under_a_bf16_input() {
    // 1 + 2^-10 is 1 in bf16: the difference would vanish.
    const auto weight = at::tensor({1 + std::ldexp(1.0f, -10), 1.0f}).view({1, 2});
    const auto x = at::tensor({1.0f, -1.0f}).to(at::kBFloat16).view({1, 2});
    QCOMPARE(octet::linear(x, DenseWeight{weight}, {}).item<float>(), std::ldexp(1.0f, -10));
    QCOMPARE(octet::linear(x, DenseWeight{weight.to(at::kBFloat16)}, {}).item<float>(), 0.0f);
  }

  void embedding_gives_the_rows_asked_for() {
    const auto table = random({50, 16});
    const auto ids = at::tensor({49, 0, 7, 7, 31}, at::kLong).unsqueeze(0);
    const auto int8 = octet::quantize_int8(table, 0);
    for (const auto dtype : kTypes) {
      const auto dense = octet::dequantize(int8, dtype);
      const auto rows = octet::embedding(ids, int8, dtype);
      QVERIFY(rows.scalar_type() == dtype);
      QVERIFY(at::equal(rows, at::embedding(dense, ids)));
      QVERIFY(
          at::equal(octet::embedding(ids, DenseWeight{table}, dtype), at::embedding(table, ids).to(dtype)));
    }
    QVERIFY(at::equal(octet::embedding(ids, DenseWeight{table}, at::kFloat)[0][2], table[7]));
  }

  void a_weight_knows_its_bytes() {
    const auto int8 = octet::quantize_int8(random({32, 16, 11}), 1);
    QCOMPARE(octet::bytes(int8), std::size_t(32 * 16 * 11 + 16 * 4));
    QCOMPARE(octet::bytes(DenseWeight{random({32, 16, 11}).to(at::kBFloat16)}),
             std::size_t(2 * 32 * 16 * 11));
  }
};

QTEST_GUILESS_MAIN(TestWeightOps)
#include "test_weight_ops.moc"
