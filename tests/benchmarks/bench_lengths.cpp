// What the first synthesis at a length costs beside those after it, stage by stage: on a GPU it records.
// bench_lengths CHECKPOINT DEVICE FOLDER PROMPT_TOKENS TOKENS...: plans fp32, bf16 and seed, one clip of each
// number of tokens after the other; milliseconds, medians over the lengths. FOLDER gets each mel, fp32.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "core/synthesis/built_in_request.h"
#include "core/synthesis/timing_spread.h"

using namespace octet;

namespace {

using Milliseconds = std::map<std::string, std::vector<double>>;  // by stage

void add(Milliseconds& times, const Synthesis& made) {
  for (const auto& cost : made.costs) times[cost.stage].push_back(1e3 * cost.seconds);
  times["end to end"].push_back(1e3 * made.seconds);
}

void print(const std::string& what, const Milliseconds& times) {
  std::cout << what;
  for (const auto* stage : {"encoder", "flow", "source", "vocoder", "end to end"}) {
    const auto spread = spread_of(times.at(stage));
    std::cout << "  " << stage << ' ' << spread.median << " (" << spread.min << " to " << spread.max << ')';
  }
  std::cout << std::endl;
}

void run(const std::vector<std::string>& arguments) {
  const Engine engine(Checkpoint::open(arguments.at(0)), parse_device(arguments.at(1)));
  const std::filesystem::path folder = arguments.at(2);
  const int prompt_tokens = std::stoi(arguments.at(3));
  for (const auto& [name, base] :
       {std::pair{"all-base", Precision::fp32}, {"all-base", Precision::bf16}, {"seed", Precision::bf16}}) {
    const auto model = engine.bind(preset(name, base, /*include_tokenizer=*/false));
    // Loads, and sets libraries up, at a length of its own.
    (void)engine.synthesize(*model, built_in_request(engine, prompt_tokens, 10), {});
    Milliseconds first, later;
    for (std::size_t i = 4; i < arguments.size(); ++i) {
      const auto request = built_in_request(engine, prompt_tokens, std::stoi(arguments[i]));
      add(first, engine.synthesize(*model, request, {}));
      Synthesis made;
      for (int round = 0; round < 3; ++round) add(later, made = engine.synthesize(*model, request, {}));
      const auto file = std::string(name) + '-' + std::string(to_string(base)) + '-' + arguments[i] + ".f32";
      std::ofstream(folder / file, std::ios::binary)
          .write(reinterpret_cast<const char*>(made.mel.data()),
                 static_cast<std::streamsize>(made.mel.size() * sizeof(float)));
    }
    const auto plan = std::string(name) + ' ' + std::string(to_string(base));
    print(plan + ", first:", first);
    print(plan + ", later:", later);
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run({arguments + 1, arguments + count});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\nusage: bench_lengths CHECKPOINT DEVICE FOLDER PROMPT_TOKENS TOKENS...\n";
    return EXIT_FAILURE;
  }
}
