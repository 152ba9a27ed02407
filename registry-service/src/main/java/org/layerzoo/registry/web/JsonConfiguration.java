package org.layerzoo.registry.web;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A list of the contract has no item that is null: such a body is unreadable, before anybody takes an item for a value. */
@Configuration(proxyBeanMethods = false)
class JsonConfiguration {
    @Bean
    JsonMapperBuilderCustomizer noNullsInLists() {
        return builder -> builder.withConfigOverride(
                List.class, list -> list.setNullHandling(JsonSetter.Value.forContentNulls(Nulls.FAIL)));
    }
}
