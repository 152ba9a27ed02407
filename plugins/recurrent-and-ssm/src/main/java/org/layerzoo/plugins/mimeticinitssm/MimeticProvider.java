package org.layerzoo.plugins.mimeticinitssm;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Recipe;
import org.layerzoo.core.spi.RecipeProvider;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.plugins.mimeticinitssm.check.MimeticChecks;
import org.pf4j.Extension;

/** Mimetic initialisation of the Mamba and Mamba-2 layers of a subject. */
@Extension
public final class MimeticProvider implements RecipeProvider<MimeticConfig> {
    private static final Slot SUBJECT = new Slot("subject", List.of(), "a model with Mamba or Mamba-2 layers");
    private static final String MARK = "A_log";

    @Override
    public Class<MimeticConfig> config() {
        return MimeticConfig.class;
    }

    @Override
    public MimeticConfig defaults(Size size) {
        return MimeticConfig.all();
    }

    @Override
    public List<Slot> slots() {
        return List.of(SUBJECT);
    }

    /** Sets the subject's parameters in place; there is nothing to train. */
    @Override
    public Recipe create(MimeticConfig c, Map<String, Model> subjects, Optional<Task> task, RunContext context) {
        Model subject = SUBJECT.of(subjects, "mimetic-init-ssm");
        initialise(c, subject.params(), context.draws());
        return Recipe.of(subject);
    }

    private static void initialise(MimeticConfig c, ParamTree tree, Draws draws) {
        int layer = 0;
        for (String path :
                tree.params().keySet().stream().filter(p -> p.endsWith(MARK)).toList()) {
            String at = path.substring(0, path.length() - MARK.length());
            Optional<MimeticInit.Layout> layout = MimeticInit.Layout.of(tree, at, c.groups());
            if (layout.isPresent()) {
                MimeticInit init = new MimeticInit(c, layout.get(), layer++);
                tree.params().values().stream()
                        .filter(p -> p.path().startsWith(at))
                        .forEach(p -> p.set(init.edit(p.path().substring(at.length()), p.path(), p.value(), draws)));
            }
        }
        int last = c.layers().stream().mapToInt(i -> i).max().orElse(-1);
        if (layer > 0 && last >= layer) {
            throw ZooException.badArgument("mimetic-init-ssm: layers below " + layer
                    + ", the number of Mamba layers of the subject, expected, given " + c.layers());
        }
        if (layer == 0) {
            throw ZooException.badArgument("mimetic-init-ssm: a subject with Mamba or Mamba-2 layers of " + c.groups()
                    + " groups expected, given " + tree.params().keySet());
        }
    }

    @Override
    public List<Check> checks() {
        return MimeticChecks.all();
    }
}
