#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <QtTest>
#include <cmath>

#include "core/error.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/processor.h"
#include "core/ops/conversions.h"
#include "core/ops/layer_ops.h"
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
  std::function<octet::Op(const Weight&, const octet::Bias&)> prepare;
  std::function<at::Tensor(const at::Tensor&, const at::Tensor&, const octet::Bias&)> torchs;
};

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all{
      {"Linear",
       {2, 50, 64},
       {96, 64},
       0,
       octet::prepare_linear,
       [](const auto& x, const auto& w, const auto& b) { return at::linear(x, w, b); }},
      {"Conv1d",
       {1, 24, 80},
       {16, 24, 7},
       0,
       [](const auto& w, const auto& b) {
         return octet::prepare_conv1d(w, b, {.stride = 2, .padding = 9, .dilation = 3});
       },
       [](const auto& x, const auto& w, const auto& b) { return at::conv1d(x, w, b, 2, 9, 3); }},
      {"grouped Conv1d",
       {1, 24, 80},
       {24, 1, 31},
       0,
       [](const auto& w, const auto& b) {
         return octet::prepare_conv1d(w, b, {.padding = 15, .groups = 24});
       },
       [](const auto& x, const auto& w, const auto& b) { return at::conv1d(x, w, b, 1, 15, 1, 24); }},
      {"ConvTranspose1d",
       {1, 24, 20},
       {24, 12, 16},
       1,
       [](const auto& w, const auto& b) {
         return octet::prepare_conv_transpose1d(w, b, {.stride = 8, .padding = 4});
       },
       [](const auto& x, const auto& w, const auto& b) { return at::conv_transpose1d(x, w, b, 8, 4); }},
      {"Conv2d",
       {1, 4, 20, 30},
       {8, 4, 3, 3},
       0,
       [](const auto& w, const auto&) { return octet::prepare_conv2d(w, 2, 1); },
       [](const auto& x, const auto& w, const auto&) {
         return at::conv2d(x, w, {}, at::IntArrayRef{2, 1}, at::IntArrayRef{1, 1});
       }},
  };
  return all;
}

octet::Bias bias_of(const Operation& operation, at::ScalarType dtype) {
  return random({operation.weight[static_cast<std::size_t>(operation.axis)]}).to(dtype);
}

/// PyTorch's result where all is multiplied in the type that the processor has instructions for.
at::Tensor torchs(const Operation& operation, const at::Tensor& x, const at::Tensor& w,
                  const octet::Bias& bias) {
  const auto type = octet::product_type(x.scalar_type(), at::kCPU);
  return operation.torchs(x.to(type), w.to(type), bias->to(type)).to(x.scalar_type());
}

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16, at::kHalf};

}  // namespace

class TestLayerOps : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void int8_computes_as_its_dequantized_weight_does() {
    for (const auto& operation : operations())
      for (const auto dtype : kTypes) {
        const auto name = QByteArray(operation.name) + ' ' + c10::toString(dtype);
        const auto int8 = octet::quantize_int8(random(operation.weight), operation.axis);
        const auto x = random(operation.input).to(dtype);
        const auto bias = bias_of(operation, dtype);
        const auto made = (*operation.prepare(int8, bias))(x, {});
        QVERIFY2(made.scalar_type() == dtype, name);
        const auto dense = (int8.values.to(at::kFloat) * int8.scale).to(dtype);
        QVERIFY2(at::equal(made, torchs(operation, x, dense, bias)), name);
        QVERIFY2(at::equal(made, (*operation.prepare(DenseWeight{dense}, bias))(x, {})), name);
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
          const auto made = (*operation.prepare(DenseWeight{weight}, bias))(x, {});
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
    const auto product = [&](const Weight& of) {
      return (*octet::prepare_linear(of, {}))(x, {}).item<float>();
    };
    QCOMPARE(product(DenseWeight{weight}), std::ldexp(1.0f, -10));
    QCOMPARE(product(DenseWeight{weight.to(at::kBFloat16)}), 0.0f);
  }

  void embedding_gives_the_rows_asked_for() {
    const auto table = random({50, 16});
    const auto ids = at::tensor({49, 0, 7, 7, 31}, at::kLong).unsqueeze(0);
    const auto int8 = octet::quantize_int8(table, 0);
    for (const auto dtype : kTypes) {
      const auto dense = octet::dequantize(int8, dtype);
      const auto rows = (*octet::prepare_embedding(int8, dtype))(ids, {});
      QVERIFY(rows.scalar_type() == dtype);
      QVERIFY(at::equal(rows, at::embedding(dense, ids)));
      QVERIFY(at::equal((*octet::prepare_embedding(DenseWeight{table}, dtype))(ids, {}),
                        at::embedding(table, ids).to(dtype)));
    }
    QVERIFY(at::equal((*octet::prepare_embedding(DenseWeight{table}, at::kFloat))(ids, {})[0][2], table[7]));
  }

  /// What the steps of the flow use again and again is made once, and is the same to the bit.
  void conversions_are_made_once_within_their_bound() {
    const auto size = 96 * 64 * static_cast<std::uint64_t>(sizeof(float));
    const int owners[] = {0, 1};
    int made = 0;
    const auto convert = [&] {
      ++made;
      return at::zeros({96, 64}, at::kFloat);
    };
    octet::Conversions room_for_one(size + size / 2);
    const auto first = room_for_one.get(&owners[0], at::kFloat, convert);
    QVERIFY(room_for_one.get(&owners[0], at::kFloat, convert).is_same(first));
    QCOMPARE(made, 1);
    (void)room_for_one.get(&owners[1], at::kFloat, convert);
    (void)room_for_one.get(&owners[1], at::kFloat, convert);
    QCOMPARE(made, 3);  // there was no room for it
    (void)room_for_one.get(&owners[0], at::kBFloat16, [&] { return convert().to(at::kBFloat16); });
    QCOMPARE(made, 4);  // another type is another weight

    octet::Conversions kept(1'000'000);
    const octet::Run keeping{.conversions = &kept};
    std::vector<octet::Op> alive;  // at the address of one that is gone a later one would find its weight
    for (const auto& operation : operations())
      for (const auto dtype : kTypes) {
        const auto bias = bias_of(operation, dtype);
        const auto op =
            operation.prepare(octet::quantize_int8(random(operation.weight), operation.axis), bias);
        alive.push_back(op);
        const auto x = random(operation.input).to(dtype);
        const auto expected = (*op)(x, {});
        QVERIFY2(at::equal((*op)(x, keeping), expected), operation.name);
        QVERIFY2(at::equal((*op)(x, keeping), expected), operation.name);
      }
  }

  /// Emulated, fp16 takes up to twenty times as long as fp32.
  void types_without_instructions_are_multiplied_in_fp32_from_weights_converted_once() {
    for (const auto type : {at::kHalf, at::kBFloat16}) {
      const auto product = octet::product_type(type, at::kCPU);
      for (const auto& operation : operations()) {
        octet::Conversions kept(1'000'000);
        const auto weight = random(operation.weight);
        const auto op = operation.prepare(DenseWeight{weight.to(type)}, bias_of(operation, type));
        (void)(*op)(random(operation.input).to(type), octet::Run{.conversions = &kept});
        bool in_fp32 = true;
        (void)kept.get(op.get(), at::kFloat, [&] {
          in_fp32 = false;
          return weight;
        });
        QVERIFY2(in_fp32 == (product == at::kFloat), operation.name);
      }
    }
  }

  void a_run_that_is_stopped_ends_at_the_next_layer() {
    std::stop_source stop;
    const octet::Run run{.stop = stop.get_token()};
    QVERIFY(run.shown("a layer", at::ones({1})).item<float>() == 1);
    stop.request_stop();
    try {
      (void)run.shown("a layer", at::ones({1}));
      QFAIL("it went on");
    } catch (const octet::Error& error) {
      QVERIFY(error.kind() == octet::ErrorKind::cancelled && QByteArray(error.what()).contains("a layer"));
    }
  }

  void a_weight_knows_its_bytes() {
    const auto int8 = octet::quantize_int8(random({32, 16, 11}), 1);
    QCOMPARE(octet::bytes(int8), std::size_t(32 * 16 * 11 + 16 * 4));
    QCOMPARE(octet::bytes(DenseWeight{random({32, 16, 11}).to(at::kBFloat16)}),
             std::size_t(2 * 32 * 16 * 11));
  }
};

QTEST_GUILESS_MAIN(TestLayerOps)
#include "test_layer_ops.moc"
