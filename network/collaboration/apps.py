from django.apps import AppConfig


class CollaborationConfig(AppConfig):
    name = "network.collaboration"
    verbose_name = "連携"

    def ready(self) -> None:
        from casework.cases import duties, events
        from disclosure import gate
        from network.collaboration import case_card, leaving, opening
        from network.collaboration.models import Referral

        case_card.register()
        leaving.register()
        gate.register(Referral, groups=opening.GROUPS, decide=opening.decide)
        events.register_kinds(
            {
                "referral.made": ("関係機関へつないだ", "arrow-up-right"),
                "referral.answered": ("つなぎ先から返答があった", "message-square-reply"),
                "referral.shared": ("つなぎの内容を関係機関に共有した", "share-2"),
                "referral.share_ended": ("共有を終えた", "link-2-off"),
            }
        )
        duties.register_kinds({"referral.follow_up": ("つながったかの確認", "collaboration:referral")})
