package org.layerzoo.train;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** A name with numbers, {@code name} or {@code name:key=value,key=value}, as optimisers and schedules are written. */
public record Spec(String name, Map<String, Double> numbers) {
    /** @throws ZooException BAD_CONFIG if the text has another form */
    public static Spec parse(String text) {
        int colon = text.indexOf(':');
        Map<String, Double> numbers = new TreeMap<>();
        if (colon >= 0) {
            for (String part : text.substring(colon + 1).split(",")) {
                String[] kv = part.split("=", 2);
                try {
                    numbers.put(kv[0].trim(), Double.parseDouble(kv[kv.length - 1].trim()));
                } catch (NumberFormatException e) {
                    throw new ZooException(
                            ErrorCode.BAD_CONFIG,
                            "'" + text + "': key=number expected after the colon, given '" + part + "'",
                            e);
                }
            }
        }
        return new Spec((colon < 0 ? text : text.substring(0, colon)).trim(), numbers);
    }

    public double number(String key, double orElse) {
        return numbers.getOrDefault(key, orElse);
    }

    /** @throws ZooException BAD_CONFIG if a key is none of these */
    public Spec only(String... keys) {
        Collection<String> known = java.util.List.of(keys);
        numbers.keySet().stream().filter(k -> !known.contains(k)).findFirst().ifPresent(k -> {
            throw new ZooException(
                    ErrorCode.BAD_CONFIG, "'" + name + "' has no option '" + k + "': expected one of " + known);
        });
        return this;
    }
}
