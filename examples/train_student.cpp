// The parts of the training library in a program of one's own: a student, the cosine loss, three
// updates.
//
//   find_package(limbeck REQUIRED COMPONENTS train)
//   target_link_libraries(train_student PRIVATE limbeck::distill_train)
#include <cstdio>

#include "distill/loss/cosine.h"
#include "nlp/model/bilstm_encoder.h"
#include "nlp/train/optimizer/optimizer.h"

int main() {
  using namespace limbeck;
  nlp::BiLstmConfig config;
  config.vocabulary_size = 100;
  nlp::BiLstmEncoder encoder(config);
  encoder->initialize(/*seed=*/1);
  std::vector<nlp::Parameter> parameters;
  for (const auto& item : encoder->named_parameters())
    parameters.push_back({item.key(), item.value()});
  const auto optimizer = nlp::make_optimizer({}, parameters);

  const std::vector<std::vector<int32_t>> sentences = {{7, 8, 9}, {10, 11}};
  at::Tensor target;  // stands for a teacher's vectors, here the student's own in another order
  for (int step = 0; step < 3; ++step) {
    const at::Tensor vectors = encoder->forward(nlp::time_major_batch(sentences)).vector;
    if (!target.defined()) target = vectors.detach().flip(0);
    const at::Tensor loss = distill::cosine_loss(vectors, target);
    nlp::clear_gradients(parameters);
    loss.backward();
    optimizer->step(/*learning_rate=*/1e-3);
    std::printf("step %d: loss %.4f\n", step, loss.item<double>());
  }
}
