package org.layerzoo.registry.job;

import org.layerzoo.registry.api.Recommendation;
import org.layerzoo.registry.api.RecommendationQuestion;
import org.layerzoo.registry.api.RecommendationsApi;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class RecommendationController implements RecommendationsApi {
    private final Recommendations recommendations;

    RecommendationController(Recommendations recommendations) {
        this.recommendations = recommendations;
    }

    @Override
    public ResponseEntity<Recommendation> recommend(
            Integer length, Integer dim, String pass, Boolean causal, Integer heads, String backend) {
        var question = new RecommendationQuestion(length, dim, heads, pass, causal, backend);
        return ResponseEntity.ok(recommendations.answer(question));
    }
}
