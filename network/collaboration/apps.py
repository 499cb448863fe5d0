from django.apps import AppConfig


class CollaborationConfig(AppConfig):
    name = "network.collaboration"
    verbose_name = "連携"

    def ready(self) -> None:
        from casework.cases import duties, events
        from casework.protection import protections
        from disclosure import field_map, registrations
        from network.collaboration import case_card, leaving, opening, pauses
        from network.collaboration.models import GuestGrant, Referral

        case_card.register()
        leaving.register()
        field_map.describe({opening.SHARED: "共有された関係機関の利用者"})
        registrations.register(Referral, groups=opening.GROUPS, decide=opening.decide, grounds=opening.GROUNDS)
        own = dict.fromkeys(opening.OWN_GROUNDS, frozenset({opening.DECISION}))
        registrations.register(GuestGrant, groups={opening.DECISION: ("resume_reason",)}, decide=opening.decide_grants, grounds=own)
        protections.register_listener(pauses.pause_shares)
        events.register_kinds(
            {
                "referral.made": ("関係機関へつないだ", "arrow-up-right"),
                "referral.answered": ("つなぎ先から返答があった", "message-square-reply"),
                "referral.shared": ("つなぎの内容を関係機関に共有した", "share-2"),
                "referral.share_ended": ("共有を終えた", "link-2-off"),
                "referral.share_paused": ("保護のため共有を止めた", "circle-pause"),
                "referral.share_resumed": ("止まっていた共有を再開した", "circle-play"),
            }
        )
        duties.register_kinds(
            {
                "referral.follow_up": ("つながったかの確認", "collaboration:referral"),
                pauses.DECIDE: ("止まっている共有を続けるかの確認", "collaboration:share_decide"),
            }
        )
        self.end_with_the_person()

    def end_with_the_person(self) -> None:
        """Whoever is erased is shared with nobody."""
        from casework.erasures import erasures
        from network.collaboration import erasing

        erasures.cleanups.append(erasing.end_shares)
