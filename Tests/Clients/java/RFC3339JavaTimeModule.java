package org.openapitools.client;

import com.fasterxml.jackson.databind.module.SimpleModule;

/** Replaces the generated class, which needs jackson-datatype-jsr310. */
public class RFC3339JavaTimeModule extends SimpleModule {
    public RFC3339JavaTimeModule() {
        super("RFC3339");
    }
}
