// variants: f32 f64
#include "zoo.h"
#include "rnn.h"

#define GATES 4
#define SAMPLES 2
#define RNN_NAME lstm_2
#include "rnn_steps.h"
#undef RNN_NAME
#define RNN_NAME lstm_adjoint_2
#include "rnn_adjoint.h"
#undef RNN_NAME
#undef SAMPLES

#define SAMPLES 8
#define RNN_NAME lstm_8
#include "rnn_steps.h"
#undef RNN_NAME
#define RNN_NAME lstm_adjoint_8
#include "rnn_adjoint.h"
#undef RNN_NAME
#undef SAMPLES
#undef GATES

#define GATES 3
#define SAMPLES 2
#define RNN_NAME gru_2
#include "rnn_steps.h"
#undef RNN_NAME
#define RNN_NAME gru_adjoint_2
#include "rnn_adjoint.h"
#undef RNN_NAME
#undef SAMPLES

#define SAMPLES 8
#define RNN_NAME gru_8
#include "rnn_steps.h"
#undef RNN_NAME
#define RNN_NAME gru_adjoint_8
#include "rnn_adjoint.h"
