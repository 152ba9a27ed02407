package org.layerzoo.train;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Updates;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.StepContext;
import org.layerzoo.core.spi.TrainStage;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.train.optim.GradientClip;
import org.layerzoo.train.optim.Optimizer;

/** One training step; losses and buffer updates of layers are collected until they are used. */
final class Step implements StepContext {
    private final TrainStage stage;
    private final long step;
    private final Tensors batch;
    private final Draws draws;
    private final Optimizer optimizer;
    private final double learningRate;
    private Call call;
    private OptionalDouble gradientNorm = OptionalDouble.empty();

    Step(TrainStage stage, long step, Tensors batch, Draws draws, Optimizer optimizer, double learningRate) {
        this.stage = stage;
        this.step = step;
        this.batch = batch;
        this.draws = draws;
        this.optimizer = optimizer;
        this.learningRate = learningRate;
        renew();
    }

    private void renew() {
        call = Call.eval()
                .with(new Call.Stage.Train(stage.name(), step))
                .with(draws)
                .with(Aux.collecting())
                .with(Updates.collecting());
    }

    @Override
    public long step() {
        return step;
    }

    @Override
    public Tensors batch() {
        return batch;
    }

    @Override
    public Model model() {
        return stage.model();
    }

    @Override
    public Call call() {
        return call;
    }

    @Override
    public double minimize(Supplier<Tensor> loss) {
        List<Param> params = optimizer.params();
        if (params.isEmpty()) {
            throw ZooException.badArgument(
                    "stage '" + stage.name() + "' trains no parameter: its filter leaves none of "
                            + stage.model().params().params().keySet());
        }
        List<Tensor> values = params.stream().map(Param::value).toList();
        Tape tape = new Tape().watch(values);
        Tensor total = tape.record(() -> call.aux().addTo(scalar(loss.get())));
        double value = total.item();
        finite("loss", value);
        List<Tensor> gradients = tape.gradient(total, values);
        double norm = GradientClip.norm(gradients);
        finite("gradient norm", norm);
        gradientNorm = OptionalDouble.of(norm);
        optimizer.step(gradients, GradientClip.scale(norm, stage.optim().clipNorm()), learningRate);
        call.updates().commit();
        renew();
        return value;
    }

    /** Of the last loss that was minimised, before clipping. */
    OptionalDouble gradientNorm() {
        return gradientNorm;
    }

    /** What layers proposed without a loss being minimised. */
    void commit() {
        call.updates().commit();
    }

    private Tensor scalar(Tensor loss) {
        if (loss.size() != 1) {
            throw ZooException.badShape("stage '" + stage.name() + "': a scalar loss expected, given " + loss.spec());
        }
        return loss.reshape();
    }

    private void finite(String what, double value) {
        if (!Double.isFinite(value)) {
            throw new ZooException(
                    ErrorCode.NOT_FINITE,
                    String.format(
                            Locale.ROOT,
                            "the %s is %s at step %d of stage '%s' (learning rate %.3g): lower the learning rate, clip gradients or lengthen the warm-up",
                            what,
                            value,
                            step,
                            stage.name(),
                            learningRate));
        }
    }
}
