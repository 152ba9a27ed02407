package org.layerzoo.registry.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.layerzoo.registry.api.BenchmarkRequest;
import org.layerzoo.registry.api.ComparisonRequest;
import org.layerzoo.registry.api.PluginRef;
import org.layerzoo.registry.api.ProbeRequest;
import org.layerzoo.registry.api.TrainingRequest;
import org.layerzoo.registry.api.VerificationRequest;
import org.layerzoo.registry.catalog.Catalog;
import org.layerzoo.registry.catalog.CataloguedPlugin;
import org.layerzoo.registry.catalog.CataloguedPlugin.ProviderKind;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;
import org.springframework.stereotype.Component;

/** Turns what is asked for into what a runner gets: every default filled in, every version and digest fixed. */
@Component
class Requests {
    private final Catalog catalog;

    Requests(Catalog catalog) {
        this.catalog = catalog;
    }

    /** A provider of a present jar. */
    record Target(CataloguedPlugin jar, ProviderKind provider) {
        Map<String, Object> ref() {
            String id = provider.name().isEmpty() ? jar.id() : jar.id() + "/" + provider.name();
            var ref = new LinkedHashMap<String, Object>();
            ref.put("id", id);
            ref.put("version", jar.version());
            return ref;
        }
    }

    Target target(String reference, String version) {
        String[] parts = reference.split("/", 2);
        CataloguedPlugin jar = catalog.resolve(parts[0], version);
        String name = parts.length > 1 ? parts[1] : "";
        ProviderKind provider = jar.provider(name)
                .orElseThrow(() -> new ProblemException(
                        ProblemCode.PROVIDER_UNKNOWN,
                        "expected a provider of " + parts[0] + ", one of " + names(jar) + ", given '" + reference
                                + "'"));
        if (!jar.present()) {
            throw new ProblemException(
                    ProblemCode.ARTIFACT_GONE,
                    "the local jar of " + jar.id() + " " + jar.version() + " is no longer in a plugin folder");
        }
        return new Target(jar, provider);
    }

    /** The references of a jar's providers; the main one is named by the plugin's id alone. */
    private static List<String> names(CataloguedPlugin jar) {
        return jar.providers().stream()
                .map(ProviderKind::name)
                .map(name -> name.isEmpty() ? jar.id() : jar.id() + "/" + name)
                .toList();
    }

    private Target target(PluginRef ref) {
        return target(ref.getId(), Optional.ofNullable(ref.getVersion()).orElse("latest"));
    }

    private Target target(String field, PluginRef ref, String kind) {
        Target target = target(ref);
        if (!target.provider().kind().equals(kind)) {
            throw ProblemException.field(
                    field,
                    "expected a provider of kind " + kind + ", " + ref.getId() + " is one of kind "
                            + target.provider().kind(),
                    ref.getId());
        }
        return target;
    }

    Jobs.Request benchmark(BenchmarkRequest wanted) {
        List<Target> targets = wanted.getPlugins().stream()
                .map(ref -> target("plugins", ref, "layer"))
                .toList();
        var spec = new LinkedHashMap<String, Object>();
        spec.put("plugins", targets.stream().map(Target::ref).distinct().toList());
        spec.put("lengths", lengths(wanted.getLengths()));
        spec.put("batch", wanted.getBatch());
        spec.put("dim", wanted.getDim());
        spec.put("heads", wanted.getHeads());
        spec.put("pass", wanted.getPass());
        spec.put("backend", wanted.getBackend());
        spec.put("dtype", wanted.getDtype());
        spec.put("unit", wanted.getUnit());
        return request("benchmark", spec, targets, Needs.of(wanted.getBackend(), wanted.getLimits()));
    }

    /** The generated model checks a list's size, not its numbers. */
    private static List<Integer> lengths(List<Integer> lengths) {
        if (lengths.isEmpty()) {
            throw ProblemException.field("lengths", "expected at least one length", "[]");
        }
        for (Integer length : lengths) {
            if (Objects.isNull(length) || length < 1 || length > 4_194_304) {
                throw ProblemException.field("lengths", "expected numbers from 1 to 4194304", length);
            }
        }
        return lengths.stream().distinct().sorted().toList();
    }

    Jobs.Request verification(VerificationRequest wanted) {
        List<Target> targets = wanted.getPlugins().stream().map(this::target).toList();
        var spec = new LinkedHashMap<String, Object>();
        spec.put("plugins", targets.stream().map(Target::ref).distinct().toList());
        spec.put("level", wanted.getLevel());
        return request("verification", spec, targets, Needs.of("auto", wanted.getLimits()));
    }

    Jobs.Request training(TrainingRequest wanted) {
        var targets = new ArrayList<Target>();
        targets.add(target(wanted.getPlugin()));
        var spec = new LinkedHashMap<String, Object>();
        spec.put("plugin", targets.getFirst().ref());
        spec.put("task", wanted.getTask());
        other(wanted.getTask(), targets);
        Optional.ofNullable(wanted.getRecipe()).ifPresent(recipe -> {
            spec.put("recipe", recipe);
            other(recipe, targets);
        });
        Optional.ofNullable(wanted.getSubject()).ifPresent(subject -> {
            spec.put("subject", subject);
            other(subject, targets);
        });
        spec.put("steps", wanted.getSteps());
        spec.put("seed", wanted.getSeed());
        return request("training", spec, targets, Needs.of("auto", wanted.getLimits()));
    }

    /** A further reference, {@code id[@version][/provider]}. */
    private void other(String reference, List<Target> targets) {
        String[] parts = reference.split("/", 2);
        String[] id = parts[0].split("@", 2);
        String provider = parts.length > 1 ? "/" + parts[1] : "";
        targets.add(target(id[0] + provider, id.length > 1 ? id[1] : "latest"));
    }

    Jobs.Request probe(ProbeRequest wanted) {
        var targets = new ArrayList<Target>();
        targets.add(target("plugin", wanted.getPlugin(), "probe"));
        var spec = new LinkedHashMap<String, Object>();
        spec.put("plugin", targets.getFirst().ref());
        Optional.ofNullable(wanted.getSubject()).ifPresent(subject -> {
            spec.put("subject", subject);
            other(subject, targets);
        });
        spec.put("seed", wanted.getSeed());
        return request("probe", spec, targets, Needs.of("auto", wanted.getLimits()));
    }

    Jobs.Request comparison(ComparisonRequest wanted) {
        Target target = target("plugin", wanted.getPlugin(), "collection");
        var spec = new LinkedHashMap<String, Object>();
        spec.put("plugin", target.ref());
        spec.put("seed", wanted.getSeed());
        return request("comparison", spec, List.of(target), Needs.of("auto", wanted.getLimits()));
    }

    Jobs.Request matrix(Target target, MatrixQuestion question) {
        var spec = new LinkedHashMap<>(target.ref());
        spec.put("length", question.length());
        spec.put("seed", question.seed());
        question.config().ifPresent(config -> spec.put("config", config));
        return request("matrix", spec, List.of(target), Needs.NONE);
    }

    private static Jobs.Request request(String kind, Map<String, Object> spec, List<Target> targets, Needs needs) {
        return new Jobs.Request(
                kind, spec, targets.stream().map(Target::jar).distinct().toList(), needs);
    }
}
