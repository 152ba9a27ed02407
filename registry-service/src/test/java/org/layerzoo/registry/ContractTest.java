package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.dataformat.yaml.YAMLMapper;

class ContractTest {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    @Test
    void theServiceHasWhatItsContractSaysAndNothingElse() {
        TestRegistry registry = TestRegistry.shared();
        assertThat(served(registry)).isEqualTo(promised(registry));
    }

    private static Set<String> promised(TestRegistry registry) {
        var contract = YAMLMapper.builder()
                .build()
                .readTree(registry.anonymous().get("/openapi.yaml").is(200).bytes());
        var operations = new TreeSet<String>();
        contract.path("paths").properties().forEach(path -> path.getValue().propertyNames().stream()
                .filter(METHODS::contains)
                .forEach(method -> operations.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey())));
        assertThat(operations).hasSizeGreaterThan(30);
        return operations;
    }

    private static Set<String> served(TestRegistry registry) {
        var mapping = registry.bean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class);
        return mapping.getHandlerMethods().entrySet().stream()
                .filter(entry -> entry.getValue().getBeanType().getName().startsWith("org.layerzoo."))
                .flatMap(entry -> entry.getKey().getPatternValues().stream()
                        .flatMap(path -> entry.getKey().getMethodsCondition().getMethods().stream()
                                .map(method -> method + " " + path)))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
