package org.layerzoo.registry.web;

import java.time.temporal.Temporal;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.layerzoo.registry.api.FieldError;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;

/**
 * Why a JSON body could not be read, in the words of the contract instead of Java's.
 *
 * @param field path of the field in the body, such as {@code plugins[0].id}; empty for the body itself
 * @param expected what should stand there
 * @param given what stands there
 */
record UnreadableBody(String field, String expected, String given) {
    private static final Pattern SHAPE = Pattern.compile("(?:from|coerce) ([A-Za-z-]+) value(?: \\((.*)\\) to )?");

    static UnreadableBody of(JacksonException e) {
        String field = path(e.getPath());
        return switch (e) {
            case InputCoercionException range ->
                new UnreadableBody(
                        field, "a number in range", firstSentence(range).replace("`", ""));
            case StreamReadException syntax -> syntax(syntax);
            case UnrecognizedPropertyException unknown ->
                new UnreadableBody(field, "a field that is one of " + unknown.getKnownPropertyIds(), "an unknown one");
            case InvalidFormatException wrong ->
                new UnreadableBody(field, name(wrong.getTargetType()), "'" + wrong.getValue() + "'");
            case MismatchedInputException wrong -> new UnreadableBody(field, name(wrong.getTargetType()), met(wrong));
            case ValueInstantiationException wrong ->
                new UnreadableBody(
                        field, name(wrong.getType().getRawClass()), reason(Optional.ofNullable(wrong.getCause())));
            default -> new UnreadableBody(field, "a value of the documented form", firstSentence(e));
        };
    }

    private static UnreadableBody syntax(JacksonException e) {
        var place = e.getLocation();
        String at = place.getLineNr() > 0 ? " in line " + place.getLineNr() + ", column " + place.getColumnNr() : "";
        return new UnreadableBody("", "JSON", "text that is none" + at + ": " + firstSentence(e));
    }

    private static String path(List<JacksonException.Reference> steps) {
        String path = steps.stream()
                .map(step ->
                        step.getPropertyName() == null ? "[" + step.getIndex() + "]" : "." + step.getPropertyName())
                .collect(Collectors.joining());
        return path.startsWith(".") ? path.substring(1) : path;
    }

    static String name(Class<?> type) {
        if (type == null) {
            return "a value of another type";
        }
        if (type.isEnum()) {
            return Stream.of(type.getEnumConstants())
                    .map(String::valueOf)
                    .collect(Collectors.joining(", ", "one of ", ""));
        }
        if (type == Integer.class || type == Long.class || type == int.class || type == long.class) {
            return "a whole number";
        }
        if (Number.class.isAssignableFrom(type) || type == double.class) {
            return "a number";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == UUID.class) {
            return "a UUID";
        }
        if (Temporal.class.isAssignableFrom(type)) {
            return "a time such as 2026-11-22T04:12:09Z";
        }
        return type == String.class ? "text" : Collection.class.isAssignableFrom(type) ? "a list" : "an object";
    }

    /** The parser is closed by now, so what it met is known from the library's message only. */
    private static String met(MismatchedInputException e) {
        Matcher shape = SHAPE.matcher(String.valueOf(e.getOriginalMessage()));
        if (!shape.find()) {
            return "something else (" + firstSentence(e) + ")";
        }
        if (shape.group(2) != null) {
            return shape.group(2);
        }
        return switch (shape.group(1)) {
            case "Array" -> "a list";
            case "Object" -> "an object";
            case "String" -> "text";
            case "Boolean" -> "true or false";
            default -> "a number";
        };
    }

    private static String reason(Optional<Throwable> cause) {
        return cause.map(Throwable::getMessage)
                .map(text -> text.replaceFirst("^Unexpected value ", ""))
                .orElse("another value");
    }

    /** The library's message names its own settings and, on further lines, where it was in its sources. */
    private static String firstSentence(JacksonException e) {
        String text = Optional.ofNullable(e.getOriginalMessage()).orElse("no reason given");
        return text.replaceAll("\\s*\\(start marker at .*", "")
                .lines()
                .findFirst()
                .orElse("no reason given");
    }

    String sentence() {
        return (field.isEmpty() ? "" : field + ": ") + "expected " + expected + ", given " + given;
    }

    List<FieldError> errors() {
        return field.isEmpty() ? List.of() : List.of(new FieldError(field, "expected " + expected).given(given));
    }
}
