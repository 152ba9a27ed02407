package org.layerzoo.core.plugin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;

/** A reference ID[@VERSION][/PROVIDER]; provider "" is the main one. */
public record Ref(String id, String version, String provider) {
    private static final Pattern FORM = Pattern.compile("([a-z0-9][a-z0-9-]*)(?:@([^/]+))?(?:/([a-z0-9][a-z0-9-]*))?");

    /** @throws ZooException BAD_ARGUMENT if the text has another form */
    public static Ref parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            throw new ZooException(
                    ErrorCode.BAD_ARGUMENT,
                    "'" + text + "' is no plugin reference: expected ID, ID@VERSION or ID/PROVIDER");
        }
        return new Ref(m.group(1), m.group(2) == null ? "" : m.group(2), m.group(3) == null ? "" : m.group(3));
    }
}
